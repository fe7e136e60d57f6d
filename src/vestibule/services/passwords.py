"""Passwords: which are accepted, and the one way to check one."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vestibule.crypto.passwords import PasswordHashes
from vestibule.domain.errors import Denied, FieldError
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.rate_limits import RateLimits

_CONTEXT_MINIMUM = 4


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Length in code points and bytes, and words that everybody would guess here (ASVS 6.2)."""

    minimum: int
    maximum_bytes: int
    context: tuple[str, ...]


class Passwords:
    """The capability that registration, login, change and reset share."""

    def __init__(self, database: Database, hashes: PasswordHashes, limits: RateLimits, policy: PasswordPolicy) -> None:
        self._database = database
        self._hashes = hashes
        self._limits = limits
        self._policy = policy

    def fault(self, password: str, context: Iterable[str] = ()) -> FieldError | None:
        """The rule that this new password breaks, if any. No composition rules (ASVS 6.2.5)."""
        policy = self._policy
        if len(password) < policy.minimum:
            return FieldError("password_too_short", f"Password must be {policy.minimum} characters or more.")
        if len(password.encode()) > policy.maximum_bytes:
            return FieldError("password_too_long", f"Password must be at most {policy.maximum_bytes} bytes.")
        folded = password.casefold()
        if folded in _common_passwords():
            return FieldError("password_common", "This password is one of the first that attackers try.")
        if any(word in folded for word in _words((*policy.context, *context))):
            return FieldError("password_has_context", "Leave your name, your email address and ours out of it.")
        return None

    async def hash(self, password: str) -> str:
        """The stored form under the current policy. Raises Overloaded."""
        with self._hashes.room():
            return await self._hashes.hash(password)

    async def verify(self, user: User | None, account: str, password: str) -> bool | Denied:
        """Whether this is the user's password; Denied when the account has been tried too often.

        The try is counted and committed before the hash runs, and one hash runs whoever the user is (ASVS 6.3.8).
        """
        with self._hashes.room():
            if denied := await self._limits.count_failure(account):
                return denied
            return await self._verify(user, password)

    async def _verify(self, user: User | None, password: str) -> bool:
        stored = user.password_hash if user else None
        if user is None or stored is None:
            await self._hashes.burn(password)
            return False
        if not await self._hashes.verify(stored, password):
            return False
        if self._hashes.is_outdated(stored):
            await self._rehash(user, stored, password)
        return True

    async def _rehash(self, user: User, stored: str, password: str) -> None:
        fresh = await self._hashes.hash(password)
        async with self._database.writing() as work:
            await work.users.replace_hash(user.id, stored, fresh)


def context_of(username: str, email: str) -> tuple[str, ...]:
    """The words of an account that its password may not hold."""
    local, _, domain = email.partition("@")
    return (username, local, domain, domain.partition(".")[0])


def _words(context: Iterable[str]) -> list[str]:
    return [word.casefold() for word in context if len(word) >= _CONTEXT_MINIMUM]


@cache
def _common_passwords() -> frozenset[str]:
    path = Path(__file__).parent / "data" / "common_passwords.txt"
    return frozenset(path.read_text(encoding="utf-8").splitlines())
