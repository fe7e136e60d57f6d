"""The only way to check a password. It takes as long for every account, whatever kind of hash the account has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vestibule.crypto.passwords import PasswordHashes, profile
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.instant import DAY, MINUTE, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.domain.typed_text import password_forms
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.password_guesses import PasswordGuesses

_REFRESH: Duration = MINUTE
_NOTED: Duration = DAY


class HashProfiles:
    """Keeps one example hash of each kind (algorithm and cost) in use. Usually there is one kind; after a change of
    policy or an import there are more, until those users have signed in.
    """

    def __init__(self, database: Database, clock: Clock, hashes: PasswordHashes) -> None:
        self._database = database
        self._clock = clock
        self._hashes = hashes
        self._examples: Mapping[str, str] = {}
        self._read_at: Instant = 0
        self._noted: dict[str, Instant] = {}

    async def examples(self) -> Sequence[str]:
        """Return one hash of each kind in use. No account has any of them."""
        now = self._clock.now()
        if not self._examples or now - self._read_at > _REFRESH:
            async with self._database.reading() as work:
                self._examples = await work.hash_profiles.all()
            self._read_at = now
            await self.meet(await self._hashes.example())
        return list(self._examples.values())

    async def meet(self, stored: str) -> None:
        """Note that a user has this hash, so its kind is in use. A text that is no hash (a damaged row) is ignored."""
        kind, now = profile(stored), self._clock.now()
        if kind in self._examples and now - self._noted.get(kind, 0) < _NOTED:
            return
        example = self._examples.get(kind) or await self._hashes.like(stored)
        if example is None:
            return
        async with self._database.writing() as work:
            await work.hash_profiles.note(kind, example, now)
        self._examples = {**self._examples, kind: example}
        self._noted[kind] = now


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
            fresh = await self._hashes.hash(forms[0])
            async with self._database.writing() as work:
                await work.users.replace_hash(user.id, stored, fresh)
        return right is not None
