"""Forgotten passwords: a link by email, and a new password for it."""

from collections.abc import Mapping
from typing import TypeGuard

from vestibule.domain.audit import Action
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCode, UsedCode, ValidationFailed
from vestibule.domain.one_time_code import CodePurpose, OneTimeCode
from vestibule.domain.ports import Clock
from vestibule.domain.taking_back import Event
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.identifiers import canonical_identifier
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.credentials.passwords import Passwords, context_of
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.take_back import TakeBack


class PasswordReset:
    """Resets passwords. A reset replaces the password and ends every session. It never signs in, and changes no second
    factor, except on an unverified account: there everything that was added before goes.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        codes: OneTimeCodes,
        passwords: Passwords,
        limits: RateLimits,
        take_back: TakeBack,
        changes: FactorChanges,
        deferred_jobs: DeferredJobs,
        notifications: Notifications,
        audit: AuditLog,
    ) -> None:
        self._database = database
        self._clock = clock
        self._codes = codes
        self._passwords = passwords
        self._limits = limits
        self._take_back = take_back
        self._changes = changes
        self._deferred_jobs = deferred_jobs
        self._notifications = notifications
        self._audit = audit

    async def request(self, email: str, device: Device) -> None:
        """Email a link if this is the address of a reachable account; neither the response nor its time reveals whether
        it is.
        """
        async with self._database.writing() as work:
            await self._deferred_jobs.enqueue(
                work,
                DeferredJob.EMAIL_RESET_LINK,
                device,
                expires_at=self._clock.now() + self._codes.policy.reset_lifetime,
                email=canonical_identifier(email),
            )

    async def mail_link(self, facts: Mapping[str, str], device: Device) -> None:
        """Run the deferred job that `request` enqueues: email the link, if the account exists and its email limit
        allows.
        """
        canonical = facts["email"]
        async with self._database.writing() as work:
            found = await work.users.find_by_identifier(canonical)
            # The user's row before the limits': every change of the account takes the two in this order.
            user = await work.users.hold(found.id) if found else None
            if user is None or not user.is_reachable or user.email_canonical != canonical:
                return
            if not await self._limits.may_mail(work, canonical):
                return
            lifetime = self._codes.policy.reset_lifetime
            code = await self._codes.issue(work, CodePurpose.PASSWORD_RESET, user.id, user.email_canonical, lifetime)
            await self._notifications.password_reset(work, user, code)
            await self._audit.record(work, Action.PASSWORD_RESET_REQUESTED, device, subject=user.id)

    async def reset(self, token: str, password: str, device: Device, *, email: str | None = None) -> User | Denied:
        """Set the password, by a link's token; the link, all sessions and all counted failures of the password end with
        it. `email`: the account that the link is expected to belong to, if the client states it. Returns the user.
        Denied: InvalidCode, ExpiredCode, UsedCode, ValidationFailed. Raises Overloaded, PasswordCheckUnavailable.
        """
        found = await self._find(token, email)
        if isinstance(found, Denied):
            return found
        code, user = found
        if error := self._passwords.error(password, context_of(user.username, user.email, user.display_name)):
            return Denied(ValidationFailed(fields={"password": error}))
        if error := await self._passwords.breach(password):
            return Denied(ValidationFailed(fields={"password": error}))
        password_hash = await self._passwords.hash(password)
        async with self._database.writing() as work:
            held = await work.users.hold(user.id)
            if not _may_reset(held, code):
                return Denied(InvalidCode(private="the account changed meanwhile"))
            if not await self._codes.consume(work, code):
                return Denied(UsedCode())
            await self._replace(work, held, password_hash, device)
        return held

    async def _find(self, token: str, email: str | None) -> tuple[OneTimeCode, User] | Denied:
        code = await self._codes.find_link(CodePurpose.PASSWORD_RESET, token)
        if isinstance(code, Denied):
            return code
        async with self._database.reading() as work:
            user = await work.users.find(code.user_id)
        if not _may_reset(user, code):
            return Denied(InvalidCode(private="the account is gone, disabled, or has another address now"))
        if email is not None and canonical_identifier(email) != code.bound_value:
            return Denied(InvalidCode(private="the link is another account's"))
        return code, user

    async def _replace(self, work: UnitOfWork, user: User, password_hash: str, device: Device) -> None:
        now = self._clock.now()
        if user.email_verified_at is None:
            # The reader of this mailbox owns the account: what was added before by another person is removed.
            await self._changes.disown(work, user, device)
        taken = await self._take_back.apply(work, Event.RESET, user)
        await work.users.set_password(user.id, password_hash, now)
        await self._limits.release(work, user.id)
        await self._notifications.password_changed(work, user, device, taken)
        await self._audit.record(work, Action.PASSWORD_RESET, device, subject=user.id, **taken.detail())


def _may_reset(user: User | None, code: OneTimeCode) -> TypeGuard[User]:
    return user is not None and user.is_reachable and user.email_canonical == code.bound_value
