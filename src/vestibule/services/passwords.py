"""Passwords: which are accepted, and the one way to check one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vestibule.crypto.passwords import PasswordHashes
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError
from vestibule.domain.ports import BreachedPasswords
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog
from vestibule.services.errands import Errands
from vestibule.services.hash_profiles import HashProfiles
from vestibule.services.known_devices import KnownDevices
from vestibule.services.notifications import Notifications
from vestibule.services.pressure import Pressure
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

    def __init__(
        self, database: Database, hashes: PasswordHashes, profiles: HashProfiles, limits: RateLimits,
        known: KnownDevices, pressure: Pressure, breached: BreachedPasswords, errands: Errands,
        notifications: Notifications, audit: AuditLog, policy: PasswordPolicy,
    ) -> None:  # fmt: skip
        self._database = database
        self._hashes = hashes
        self._profiles = profiles
        self._limits = limits
        self._known = known
        self._pressure = pressure
        self._breached = breached
        self._errands = errands
        self._notifications = notifications
        self._audit = audit
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

    async def breach(self, password: str) -> FieldError | None:
        """The same for lists of stolen passwords, which take a moment to ask (ASVS 6.2.12).

        Raises PasswordCheckUnavailable when the operator wants no password that could not be looked up.
        """
        if await self._breached.contains(password):
            return FieldError("password_breached", "This password stands in a list of stolen passwords.")
        return None

    async def verify(self, user: User | None, identifier: str, password: str, device: Device) -> bool | Denied:
        """Whether this is the user's password; Denied when the account has been tried too often.

        The try is counted and committed before any hash runs, and the same hashes run whoever the user is, or whether
        there is one (ASVS 6.3.8). A known device of the user's has a count of its own.
        """
        bucket = self._known.bucket(user, device) if user else identifier
        with self._hashes.room():
            counted = await self._limits.count_failure(bucket)
            if isinstance(counted, Denied):
                self._pressure.note(failed=True)
                return counted
            right = await self._verify(user, password)
        self._pressure.note(failed=not right)
        if not right and counted.count == self._limits.policy.account_failures.free:
            async with self._database.writing() as work:
                await self._errands.leave(work, "guessing", device, user=user.id if user else "")
        return right

    async def tell_owner(self, facts: Mapping[str, str], device: Device) -> None:
        """The errand that `verify` leaves: somebody keeps guessing, and the owner hears of it, once in a row of
        failures (ASVS 6.3.5).
        """
        async with self._database.writing() as work:
            user = await work.users.find(facts["user"])
            if user is None:
                return
            mail = self._notifications.messages.guessing(user, self._notifications.facts(device))
            await self._notifications.queue(work, mail)
            await self._audit.record(work, Action.GUESSING, device, subject=user.id)

    async def _verify(self, user: User | None, password: str) -> bool:
        stored = user.password_hash if user else None
        right = await self._hashes.verify_alike(stored, password, await self._profiles.examples())
        if user is None or stored is None:
            return False
        await self._profiles.meet(stored)
        if right and self._hashes.is_outdated(stored):
            await self._rehash(user, stored, password)
        return right

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
