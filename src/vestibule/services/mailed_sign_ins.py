"""Signing in by mail: one mail with a link, and with a code when that is switched on, for one attempt."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCode, UsedCode
from vestibule.domain.instant import Instant
from vestibule.domain.login import Evidence, LoginAttempt, Method
from vestibule.domain.one_time_code import OneTimeCode, Purpose
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.devices import device_label
from vestibule.services.errands import Errands
from vestibule.services.factor_changes import FactorChanges
from vestibule.services.known_devices import KnownDevices
from vestibule.services.notifications import Notifications
from vestibule.services.one_time_codes import NOBODY, OneTimeCodes
from vestibule.services.rate_limits import RateLimits


@dataclass(frozen=True, slots=True)
class AskedFrom:
    """Where a sign-in was begun that a link would let in."""

    attempt: LoginAttempt
    device: str
    address: str
    at: Instant


class MailedSignIns:
    """A code works for its own attempt only; a link adds its proof to the attempt, wherever it is opened."""

    def __init__(
        self, database: Database, clock: Clock, codes: OneTimeCodes, limits: RateLimits, known: KnownDevices,
        changes: FactorChanges, errands: Errands, notifications: Notifications,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._codes = codes
        self._limits = limits
        self._known = known
        self._changes = changes
        self._errands = errands
        self._notifications = notifications

    async def send(self, attempt: LoginAttempt, user: User | None, device: Device, *, with_digits: bool) -> None:
        """Mail the user of this attempt, if there is one; nobody outside can tell."""
        asked = {"attempt": attempt.id, "identifier": attempt.identifier, "user": user.id if user else ""}
        async with self._database.writing() as work:
            await self._errands.leave(work, "sign_in", device, digits="yes" if with_digits else "", **asked)

    async def mail(self, facts: Mapping[str, str], device: Device) -> None:
        """The errand that `send` leaves."""
        async with self._database.reading() as work:
            by_id = await work.users.find(facts["user"]) if facts["user"] else None
            found = by_id or await work.users.find_by_identifier(facts["identifier"])
        # Hashed for nobody too: whoever times the requests after this one would feel whether a hash runs beside them.
        drafted = await self._codes.draft_digits() if facts["digits"] else None
        if found is None or not found.is_reachable:
            return
        async with self._database.writing() as work:
            if not await self._limits.may_mail(work, found.email_canonical):
                return
            lifetime = self._codes.policy.sign_in_lifetime
            token = await self._codes.issue(work, Purpose.SIGN_IN, found.id, facts["attempt"], lifetime, drafted)
            mail = self._notifications.messages.sign_in(
                found, token, drafted.digits if drafted else "", lifetime, self._notifications.facts(device)
            )
            await self._notifications.queue(work, mail)

    async def look(self, token: str) -> AskedFrom | Denied:
        """What a link would let in; nothing is used up."""
        found = await self._find(token)
        if isinstance(found, Denied):
            return found
        _, attempt = found
        return _asked_from(attempt)

    async def confirm(self, token: str, device: Device) -> AskedFrom | Denied:
        """Let it in: the attempt gains the proof, and goes on where it was begun."""
        found = await self._find(token)
        if isinstance(found, Denied):
            return found
        code, attempt = found
        now = self._clock.now()
        proof = Evidence(Method.EMAIL_LINK, frozenset(), "email", now)
        async with self._database.writing() as work:
            user = await self._codes.redeem(work, code)
            if isinstance(user, Denied):
                return user
            after = attempt.proved(user.id, proof)
            if attempt.user_id not in (None, user.id) or not await work.login_attempts.replace(attempt, after, now):
                return Denied(InvalidCode(private="the attempt went on without it"))
        await self.own(user, device, keep_attempt=attempt.id)
        return _asked_from(attempt)

    async def redeem(self, attempt: LoginAttempt, user: User | None, typed: str, device: Device) -> User | Denied:
        """Whose digits these are, for this attempt; used up."""
        async with self._database.reading() as work:
            found = user or await work.users.find_by_identifier(attempt.identifier)
        # Counted and looked for whoever was named, so that neither limit nor time tells anything.
        counted = await self._limits.count_failure(self._known.bucket(found, device) if found else attempt.identifier)
        if isinstance(counted, Denied):
            return counted
        reachable = found if found and found.is_reachable else None
        code = await self._codes.find_digits(Purpose.SIGN_IN, reachable.id if reachable else NOBODY, attempt.id, typed)
        if isinstance(code, Denied) or reachable is None:
            return code if isinstance(code, Denied) else Denied(InvalidCode())
        async with self._database.writing() as work:
            if not await self._codes.consume(work, code):
                return Denied(UsedCode())
        return await self.own(reachable, device, keep_attempt=attempt.id)

    async def own(self, user: User, device: Device, *, keep_attempt: str) -> User:
        """Whoever reads this mailbox owns the account: what was added before it was proved goes."""
        if user.email_verified_at is not None:
            return user
        return await self._changes.claim(user, device, keep_attempt=keep_attempt)

    async def _find(self, token: str) -> tuple[OneTimeCode, LoginAttempt] | Denied:
        code = await self._codes.find_link(Purpose.SIGN_IN, token)
        if isinstance(code, Denied):
            return code
        async with self._database.reading() as work:
            attempt = await work.login_attempts.find_open(code.bound_value, self._clock.now())
        if attempt is None:
            return Denied(InvalidCode(private="the attempt is finished or expired"))
        return code, attempt


def asked_from(device: Device, now: Instant) -> dict[str, str]:
    """What an attempt notes about the place where it was begun."""
    return {"from": f"{now} {device.address or '-'} {device_label(device.user_agent)}"}


def _asked_from(attempt: LoginAttempt) -> AskedFrom:
    at, address, device = attempt.notes.get("from", f"{attempt.created_at} - -").split(" ", 2)
    return AskedFrom(attempt, device, address, int(at))
