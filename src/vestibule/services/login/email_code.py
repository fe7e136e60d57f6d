"""The emailed code: six digits, typed where the sign-in was started."""

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.login import (
    EnrolledFactor,
    Evidence,
    LoginAttempt,
    Method,
    MethodRule,
    Stage,
    StepVerified,
    Waiting,
)
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.login.mailed_sign_ins import MailedSignIns
from vestibule.services.login.method import CodeProof, Plain, Proof
from vestibule.services.records.audit import AuditLog

_WHO = FieldError("required", "Say first who is signing in.")


class EmailCodeMethod(Plain):
    """The email-code step: the same email as the link's, with a code in it. A mailbox is no factor (ASVS 6.3.6)."""

    rule = MethodRule(
        Method.EMAIL_CODE, EnrolledFactor.EMAIL, frozenset(), frozenset({Stage.START}), amr=frozenset({"email"})
    )

    def __init__(self, database: Database, clock: Clock, mailed: MailedSignIns, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._mailed = mailed
        self._audit = audit

    async def prepare(self, attempt: LoginAttempt, user: User | None, device: Device) -> Waiting | Denied:
        """Send the email, whether the identifier belongs to an account or not. Denied (ValidationFailed) without an
        identifier.
        """
        if user is None and not attempt.identifier:
            return Denied(ValidationFailed(fields={"identifier": _WHO}))
        await self._mailed.send(attempt, user, device, with_digits=True)
        return Waiting()

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Denied:
        """Check the code from this attempt's email. Denied with the reason; the audit log records it."""
        assert isinstance(proof, CodeProof)
        found = await self._mailed.redeem(attempt, user, proof.code, device)
        if not isinstance(found, Denied):
            return StepVerified(found, Evidence(Method.EMAIL_CODE, frozenset(), "email", self._clock.now()))
        async with self._database.writing() as work:
            subject = user.id if user else None
            await self._audit.record(work, Action.LOGIN_FAILED, device, subject=subject, method=Method.EMAIL_CODE)
        return found
