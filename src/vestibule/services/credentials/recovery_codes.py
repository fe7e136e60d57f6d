"""Recovery codes: ten on paper, each of which replaces the second factor once when it is out of reach."""

from dataclasses import dataclass

from vestibule.crypto.entropy import new_id
from vestibule.crypto.passwords import PasswordHashes
from vestibule.domain.credential import Credential, CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, WrongCode
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.typed_text import code_characters
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.factor_guesses import FactorGuesses

COUNT = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: look-alikes are read alike
_LENGTH = 12
_LOOKUP = 4
_ALIKE = str.maketrans("oil", "011")


@dataclass(eq=False, repr=False)
class RecoveryCodes:
    """Creates and checks recovery codes. The first letters of a code find its row, the slow hash of the whole code
    checks it (ASVS 6.5.2), so a try costs one hash.
    """

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _hashes: PasswordHashes
    _guesses: FactorGuesses

    async def draft(self, user_id: str) -> tuple[list[str], list[Credential]]:
        """Return ten new codes as text, to be shown once, and their rows, not stored yet. Raises Overloaded."""
        codes: dict[str, str] = {}
        while len(codes) < COUNT:
            plain = "".join(_ALPHABET[byte % 32] for byte in self._entropy.token_bytes(_LENGTH))
            codes[plain[:_LOOKUP]] = plain
        with self._hashes.room():
            rows = [await self._row(user_id, plain) for plain in codes.values()]
        return ["-".join((plain[:4], plain[4:8], plain[8:])) for plain in codes.values()], rows

    async def replace(self, work: UnitOfWork, user_id: str, rows: list[Credential]) -> None:
        """Store these rows in place of all recovery codes that the user had."""
        await work.credentials.remove_kind(user_id, CredentialKind.RECOVERY_CODE)
        for row in rows:
            await work.credentials.add(row)

    async def verify(self, user: User, typed: str, device: Device) -> Denied | None:
        """Use up the code that was typed; None means that it was right. The try is counted first, against the account.
        Denied: RateLimited, or WrongCode, also for a used code. Raises Overloaded.
        """
        # Look-alike letters become digits, from whatever keyboard.
        plain = code_characters(typed).translate(_ALIKE)
        with self._hashes.room():
            tried = await self._guesses.count(user, device)
            if isinstance(tried, Denied):
                return tried
            row = await self._matching(user, plain)
        denied = await self._use_up(row) if row else Denied(WrongCode())
        if denied is not None:
            await self._guesses.failed(tried, user, device)
        return denied

    async def _matching(self, user: User, plain: str) -> Credential | None:
        lookup = f"{user.id}:{plain[:_LOOKUP]}"
        async with self._database.reading() as work:
            row = await work.credentials.find_by_lookup(CredentialKind.RECOVERY_CODE, lookup)
        if row is None:
            await self._hashes.burn(plain)
            return None
        return row if await self._hashes.verify(row.secret, plain) else None

    async def _use_up(self, row: Credential) -> Denied | None:
        async with self._database.writing() as work:
            used = await work.credentials.use_up(row.id, self._clock.now())
        return None if used else Denied(WrongCode(private="replayed"))

    async def _row(self, user_id: str, plain: str) -> Credential:
        hashed = await self._hashes.hash(plain)
        now = self._clock.now()
        return Credential(
            id=new_id("recovery", now, self._entropy),
            user_id=user_id,
            kind=CredentialKind.RECOVERY_CODE,
            lookup=f"{user_id}:{plain[:_LOOKUP]}",
            secret=hashed,
            counter=0,
            name="",
            detail="{}",
            created_at=now,
            confirmed_at=now,
            last_used_at=None,
            used_at=None,
        )
