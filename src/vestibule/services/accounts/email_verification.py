"""Verification of an address: by the digits, typed where the user signed up, or by the link, on any device."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.device import Device
from vestibule.domain.errors import AlreadyExists, Denied, IdentifierTaken
from vestibule.domain.instant import DAY
from vestibule.domain.one_time_code import CodePurpose, MailedCode, OneTimeCode
from vestibule.domain.ports import Clock
from vestibule.domain.user import Identifier, User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.email_challenges import EmailChallenges, free_address
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.identifiers import canonical_identifier, parse_email
from vestibule.services.credentials.one_time_codes import NO_USER, OneTimeCodes
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.deferred_jobs import DeferredJobs
from vestibule.services.records.notifications import Notifications

_UNDO = 7 * DAY


@dataclass(eq=False, repr=False)
class EmailVerification:
    """Verifies addresses. A code is bound to one address: confirming it makes exactly that address the user's,
    verified.
    """

    _database: Database
    _clock: Clock
    _codes: OneTimeCodes
    _challenges: EmailChallenges
    _changes: FactorChanges
    _deferred_jobs: DeferredJobs
    _notifications: Notifications
    _audit: AuditLog

    async def resend(self, email: str, device: Device) -> None:
        """Send a new code to an address that still needs one; the response and its time do not reveal which do."""
        async with self._database.writing() as work:
            await self._deferred_jobs.enqueue(
                work,
                DeferredJob.EMAIL_VERIFICATION_CODE,
                device,
                expires_at=self._clock.now() + self._codes.policy.verification_lifetime,
                email=canonical_identifier(email),
            )

    async def mail_code(self, facts: Mapping[str, str], _: Device) -> None:
        """Run the deferred job that `resend` enqueues: email the code, if the address still needs one."""
        canonical = facts["email"]
        async with self._database.reading() as work:
            user = await work.users.find_by_identifier(canonical)
        drafted = await self._challenges.draft()  # without a user too: concurrent requests notice a hash
        if user is None or not user.is_reachable or user.email_canonical != canonical or user.email_verified_at:
            return
        async with self._database.writing() as work:
            # The user's row before the limits': every change of the account takes the two in this order.
            await work.users.hold(user.id)
            await self._challenges.send(work, user, Identifier(user.email, user.email_canonical), drafted)

    async def verify_digits(self, email: str, typed: str, signed_in: User | None, device: Device) -> User | Denied:
        """Verify an address by the digits typed. A signed-in user may confirm a new address of their own; without a
        session only the current address of an account. Returns the user. Denied: InvalidCode, ExpiredCode, UsedCode,
        IdentifierTaken.
        """
        address = parse_email(email.strip())
        canonical = address.canonical if isinstance(address, Identifier) else ""
        user = signed_in or await self._owner(canonical)
        # The code may have gone to another spelling, which is another mailbox (strauss and strauß): what was typed
        # finds the code, and is never stored.
        code = await self._codes.find_digits(
            CodePurpose.EMAIL_VERIFICATION, user.id if user else NO_USER, canonical, typed, same=canonical_identifier
        )
        if isinstance(code, Denied):
            await self._record_failure(user, device)
            return code
        return await self._confirm(code, device, trusted=signed_in is not None, typed_there=True)

    async def verify_link(
        self, token: str, signed_in: User | None, device: Device, *, keep_factors: bool = False
    ) -> User | Denied:
        """Verify an address by the link, on whatever device it was opened. What was set up before stays only when the
        caller is signed in to the account, or states that the account is theirs (`keep_factors`). Returns the user.
        Denied: InvalidCode, ExpiredCode, UsedCode, IdentifierTaken.
        """
        code = await self._codes.find_link(CodePurpose.EMAIL_VERIFICATION, token)
        if isinstance(code, Denied):
            return code
        own = signed_in is not None and signed_in.id == code.user_id
        return await self._confirm(code, device, trusted=own or keep_factors)

    async def _owner(self, canonical: str) -> User | None:
        async with self._database.reading() as work:
            user = await work.users.find_by_identifier(canonical)
        return user if user and user.is_reachable else None

    async def _confirm(
        self, code: OneTimeCode, device: Device, *, trusted: bool, typed_there: bool = False
    ) -> User | Denied:
        try:
            async with self._database.writing() as work:
                user = await self._codes.redeem(work, code)
                if isinstance(user, Denied):
                    return user
                await self._take_effect(work, user, code.bound_value, device)
                # Digits are typed where the person signed up; a link works for every reader of the mailbox.
                is_claim = user.email_verified_at is None and not trusted
                if is_claim and (not typed_there or await self._owns_more(work, user)):
                    await self._changes.disown(work, await work.users.find(user.id) or user, device)
        except AlreadyExists:
            return Denied(IdentifierTaken())
        async with self._database.reading() as work:
            return await work.users.find(code.user_id) or user

    async def _owns_more(self, work: UnitOfWork, user: User) -> bool:
        """Return whether there is more to this unverified account than a password."""
        keys = await work.api_keys.list(user.id, self._clock.now())
        return bool(keys or await work.credentials.kinds(user.id))

    async def _take_effect(self, work: UnitOfWork, user: User, email: str, device: Device) -> None:
        """Store the address to which the code went, exactly as it was written: another spelling may be another person's
        mailbox.
        """
        changed, now, canonical = email != user.email, self._clock.now(), canonical_identifier(email)
        await free_address(work, canonical, user.id, now)
        await work.users.set_email_verified(user.id, email, canonical, now)
        if changed:
            for purpose in (CodePurpose.PASSWORD_RESET, CodePurpose.SIGN_IN):
                await work.one_time_codes.void(user.id, purpose, now)
            undo = None
            if user.email_verified_at is not None and not await self._comes_back(work, user, email):
                undo = await self._undo_link(work, user)
            await self._notifications.email_changed(work, user, device, email, undo)
        action = Action.EMAIL_CHANGED if changed else Action.EMAIL_VERIFIED
        await self._audit.record(work, action, device, subject=user.id)

    async def _comes_back(self, work: UnitOfWork, user: User, email: str) -> bool:
        """Return whether this very address may take the account back. The undo links of the addresses since are void
        then, and the one that is left gets none: it may be an intruder's.
        """
        now = self._clock.now()
        left = [at for text, at in await work.one_time_codes.open_undos(user.id, now) if text == email]
        if left:
            await work.one_time_codes.void_undos_after(user.id, min(left), now)
        return bool(left)

    async def _undo_link(self, work: UnitOfWork, user: User) -> MailedCode:
        """Issue the undo link for the address that is left. When that took the account back before, the link reaches as
        far back as the older one, which it replaces.
        """
        undos = await work.one_time_codes.open_undos(user.id, self._clock.now())
        since = min((at for text, at in undos if text == user.email), default=None)
        return await self._codes.issue(work, CodePurpose.EMAIL_UNDO, user.id, user.email, _UNDO, since=since)

    async def _record_failure(self, user: User | None, device: Device) -> None:
        async with self._database.writing() as work:
            await self._audit.record(
                work,
                Action.CODE_FAILED,
                device,
                subject=user.id if user else None,
                purpose=CodePurpose.EMAIL_VERIFICATION.value,
            )
