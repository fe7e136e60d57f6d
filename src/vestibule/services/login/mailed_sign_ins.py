"""Signing in by email: one email with a link, and with a code when that is switched on, for one attempt."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCode, UsedCode
from vestibule.domain.instant import Instant
from vestibule.domain.login import Evidence, LoginAttempt, Method, Waiting
from vestibule.domain.one_time_code import CodePurpose, OneTimeCode
from vestibule.domain.pending import RequestOrigin
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.one_time_codes import NO_USER, OneTimeCodes
from vestibule.services.login.method import unidentified
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.devices import device_label
from vestibule.services.records.notifications import Notifications


@dataclass(frozen=True, slots=True)
class LinkedSignIn:
    """The sign-in that a link completes, and where it was started."""

    attempt: LoginAttempt
    origin: RequestOrigin


@dataclass(eq=False, repr=False)
class MailedSignIns:
    """Sends and redeems sign-in emails. A code works for its own attempt only; a link adds its proof to the attempt,
    wherever it is opened.
    """

    _database: Database
    _clock: Clock
    _codes: OneTimeCodes
    _limits: RateLimits
    _device_cookies: DeviceCookies
    _changes: FactorChanges
    _deferred_jobs: DeferredJobs
    _notifications: Notifications

    async def send(
        self, attempt: LoginAttempt, user: User | None, device: Device, *, with_digits: bool
    ) -> Waiting | Denied:
        """Enqueue the email to the user of this attempt, if there is one; the response and its time do not reveal
        whether. Denied (ValidationFailed) without an identifier.
        """
        if denied := unidentified(attempt, user):
            return denied
        facts = {"attempt": attempt.id, "identifier": attempt.identifier, "user": user.id if user else ""}
        facts["digits"] = "yes" if with_digits else ""
        async with self._database.writing() as work:
            await self._deferred_jobs.enqueue(
                work, DeferredJob.EMAIL_SIGN_IN, device, expires_at=attempt.expires_at, **facts
            )
        return Waiting()

    async def mail(self, facts: Mapping[str, str], device: Device) -> None:
        """Run the deferred job that `send` enqueues: send the email, if the account exists, its limit allows, and the
        attempt still waits for it.
        """
        async with self._database.reading() as work:
            by_id = await work.users.find(facts["user"]) if facts["user"] else None
            found = by_id or await work.users.find_by_identifier(facts["identifier"])
        # Hashed without a user too: an attacker who times the requests after this one could notice a hash beside them.
        drafted = await self._codes.draft_digits() if facts["digits"] else None
        if found is None or not found.is_reachable:
            return
        async with self._database.writing() as work:
            held = await work.users.hold(found.id)
            if held is None or not held.is_reachable or held.email != found.email or held.lost_its_address:
                return  # the account was taken back meanwhile: its address of before gets no code
            if await work.login_attempts.find_open(facts["attempt"], self._clock.now()) is None:
                return
            if not await self._limits.may_mail(work, found.email_canonical):
                return
            lifetime = self._codes.policy.sign_in_lifetime
            code = await self._codes.issue(work, CodePurpose.SIGN_IN, found.id, facts["attempt"], lifetime, drafted)
            await self._notifications.sign_in(work, found, device, code)

    async def look(self, token: str) -> LinkedSignIn | Denied:
        """Return where the sign-in behind a link was started; nothing is used up. Denied: InvalidCode, ExpiredCode,
        UsedCode.
        """
        found = await self._find(token)
        return found if isinstance(found, Denied) else _linked(found[1])

    async def confirm(self, token: str, device: Device) -> LinkedSignIn | Denied:
        """Use up a link and add its proof to its attempt, which goes on where it was started. Returns that place.
        Denied: InvalidCode, ExpiredCode, UsedCode.
        """
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
        await self._changes.claim(user, device, keep_attempt=attempt.id)
        return _linked(attempt)

    async def redeem(self, attempt: LoginAttempt, user: User | None, typed: str, device: Device) -> User | Denied:
        """Use up the code that was typed for this attempt, and return its user. Denied: RateLimited, InvalidCode,
        ExpiredCode, UsedCode.
        """
        async with self._database.reading() as work:
            found = user or await work.users.find_by_identifier(attempt.identifier)
        # Counted and looked up for every identifier, so that neither limit nor time reveals an account.
        counted = await self._limits.count_failure(
            self._device_cookies.bucket(found, device) if found else attempt.identifier
        )
        if isinstance(counted, Denied):
            return counted
        reachable = found if found and found.is_reachable else None
        code = await self._codes.find_digits(
            CodePurpose.SIGN_IN, reachable.id if reachable else NO_USER, attempt.id, typed
        )
        if isinstance(code, Denied) or reachable is None:
            return code if isinstance(code, Denied) else Denied(InvalidCode())
        async with self._database.writing() as work:
            if not await self._codes.consume(work, code):
                return Denied(UsedCode())
        return await self._changes.claim(reachable, device, keep_attempt=attempt.id)

    async def _find(self, token: str) -> tuple[OneTimeCode, LoginAttempt] | Denied:
        code = await self._codes.find_link(CodePurpose.SIGN_IN, token)
        if isinstance(code, Denied):
            return code
        async with self._database.reading() as work:
            attempt = await work.login_attempts.find_open(code.bound_value, self._clock.now())
        if attempt is None:
            return Denied(InvalidCode(private="the attempt is finished or expired"))
        return code, attempt


def requested_from(device: Device, now: Instant) -> RequestOrigin:
    """Return where the request that starts an attempt came from."""
    return RequestOrigin(now, device.address or "-", device_label(device.user_agent))


def _linked(attempt: LoginAttempt) -> LinkedSignIn:
    return LinkedSignIn(attempt, attempt.context(RequestOrigin) or RequestOrigin(attempt.created_at, "-", "-"))
