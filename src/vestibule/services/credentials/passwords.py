"""Passwords: which are accepted, and the only way to check one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from vestibule.crypto.passwords import PasswordHashes
from vestibule.domain.audit import Action
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError
from vestibule.domain.ports import BreachedPasswords
from vestibule.domain.typed_text import folded, normalized_password, password_forms
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.attack_detection import AttackDetection
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.hash_profiles import HashProfiles
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications

_CONTEXT_MINIMUM = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """The rules for new passwords, of which the normalized form is measured: minimum length in code points, maximum in
    bytes, and `context`, words that are easy to guess for this service (ASVS 6.2).
    """

    minimum: int
    maximum_bytes: int
    context: tuple[str, ...]


class Passwords:
    """Checks and hashes passwords; shared by registration, login, change and reset. Every password is normalized here
    first (RFC 8265 section 4.2), so that it is the same one on every keyboard.
    """

    def __init__(
        self,
        database: Database,
        hashes: PasswordHashes,
        profiles: HashProfiles,
        limits: RateLimits,
        device_cookies: DeviceCookies,
        attack_detection: AttackDetection,
        breached: BreachedPasswords,
        deferred_jobs: DeferredJobs,
        notifications: Notifications,
        audit: AuditLog,
        policy: PasswordPolicy,
    ) -> None:
        self._database = database
        self._hashes = hashes
        self._profiles = profiles
        self._limits = limits
        self._device_cookies = device_cookies
        self._attack_detection = attack_detection
        self._breached = breached
        self._deferred_jobs = deferred_jobs
        self._notifications = notifications
        self._audit = audit
        self._policy = policy

    def error(self, password: str, context: Iterable[str] = ()) -> FieldError | None:
        """Return the first rule that this new password breaks, or None. `context`: words of the account that it may not
        contain. There are no composition rules (ASVS 6.2.5).
        """
        policy, normalized = self._policy, normalized_password(password)
        if len(normalized) < policy.minimum:
            return FieldError("password_too_short", f"Password must be {policy.minimum} characters or more.")
        if len(normalized.encode()) > policy.maximum_bytes:
            return FieldError("password_too_long", f"Password must be at most {policy.maximum_bytes} bytes.")
        plain = folded(normalized)
        if plain in _common_passwords():
            return FieldError("password_common", "This password is one of the first that attackers try.")
        if any(word in plain for word in _words((*policy.context, *context))):
            return FieldError("password_has_context", "Leave your name, your email address and ours out of it.")
        return None

    async def hash(self, password: str) -> str:
        """Return the hash of the password under the current policy. Raises Overloaded."""
        with self._hashes.room():
            return await self._hashes.hash(normalized_password(password))

    async def breach(self, password: str) -> FieldError | None:
        """Return the validation error when the password is on a list of stolen passwords, normalized or as typed, else
        None; the lookup takes a moment (ASVS 6.2.12).

        Raises PasswordCheckUnavailable when the lookup fails and the operator accepts no password without it.
        """
        for form in password_forms(password):
            if await self._breached.contains(form):
                return FieldError("password_breached", "This password stands in a list of stolen passwords.")
        return None

    async def verify(self, user: User | None, identifier: str, password: str, device: Device) -> bool | Denied:
        """Return whether this is the user's password; Denied (RateLimited) when the account was tried too often. Raises
        Overloaded.

        The try is counted and committed before any hash runs, and the same hashes run for every user, and when there is
        none (`user` None), so that the time reveals no accounts (ASVS 6.3.8): how many depends on the typed text alone,
        which is tried normalized, then as typed if that differs. Tries from a browser with the user's
        device cookie have a count of their own.
        """
        bucket = self._device_cookies.bucket(user, device) if user else identifier
        with self._hashes.room():
            counted = await self._limits.count_failure(bucket)
            if isinstance(counted, Denied):
                self._attack_detection.note(failed=True)
                return counted
            right = await self._verify(user, password)
        self._attack_detection.note(failed=not right)
        if not right and counted.count == self._limits.policy.account_failures.free:
            async with self._database.writing() as work:
                await self._deferred_jobs.enqueue(
                    work,
                    DeferredJob.ALERT_OF_PASSWORD_GUESSING,
                    device,
                    expires_at=None,
                    user=user.id if user else "",
                )
        return right

    async def alert_owner(self, facts: Mapping[str, str], device: Device) -> None:
        """Run the deferred job that `verify` enqueues: an email to the owner that the password is being guessed, once
        per row of failures, and an audit event (ASVS 6.3.5).
        """
        async with self._database.writing() as work:
            user = await work.users.hold(facts["user"])
            if user is None:
                return
            await self._notifications.guessing(work, user, device)
            await self._audit.record(work, Action.GUESSING, device, subject=user.id)

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


def context_of(username: str, email: str, name: str | None) -> tuple[str, ...]:
    """Return the words of an account that its password may not contain: the username, parts of the address, and the
    name that others see, with its spaces and without.
    """
    local, _, domain = email.partition("@")
    shown = (name or "").strip()
    return (username, local, domain, domain.partition(".")[0], shown, "".join(shown.split()))


def _words(context: Iterable[str]) -> list[str]:
    return [plain for plain in map(folded, context) if len(plain) >= _CONTEXT_MINIMUM]


@cache
def _common_passwords() -> frozenset[str]:
    path = Path(__file__).parent / "data" / "common_passwords.txt"
    return frozenset(path.read_text(encoding="utf-8").splitlines())
