"""The only way to check a password."""

from dataclasses import dataclass

from vestibule.crypto.passwords import PasswordHashes
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.typed_text import password_forms
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.hash_profiles import HashProfiles
from vestibule.services.credentials.password_guesses import PasswordGuesses


@dataclass(eq=False, repr=False)
class PasswordVerifier:
    """Checks passwords against stored hashes, and renews a hash that is outdated."""

    _database: Database
    _hashes: PasswordHashes
    _profiles: HashProfiles
    _guesses: PasswordGuesses

    async def verify(self, user: User | None, identifier: str, password: str, device: Device) -> bool | Denied:
        """Return whether this is the user's password; Denied (RateLimited) when the account was tried too often. Raises
        Overloaded.

        The try is counted and committed before any hash runs, and the same hashes run for every user, and when there is
        none (`user` None), so that the time reveals no accounts (ASVS 6.3.8): how many depends on the typed text alone,
        which is tried normalized, then as typed if that differs.
        """
        with self._hashes.room():
            counted = await self._guesses.count(user, identifier, device)
            if isinstance(counted, Denied):
                return counted
            right = await self._verify(user, password)
        await self._guesses.checked(counted, user, device, right=right)
        return right

    async def _verify(self, user: User | None, password: str) -> bool:
        stored, forms = user.password_hash if user else None, password_forms(password)
        right = await self._hashes.verify_alike(stored, forms, await self._profiles.examples())
        if user is None or stored is None:
            return False
        await self._profiles.meet(stored)
        # Passwords were once hashed as typed: such a hash is replaced, or another keyboard could not type it.
        if right is not None and (right != forms[0] or self._hashes.is_outdated(stored)):
            await self._rehash(user, stored, forms[0])
        return right is not None

    async def _rehash(self, user: User, stored: str, password: str) -> None:
        fresh = await self._hashes.hash(password)
        async with self._database.writing() as work:
            await work.users.replace_hash(user.id, stored, fresh)
