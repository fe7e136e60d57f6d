"""The mailed code: six digits, typed where the sign-in was begun."""

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.login import (
    Advanced,
    Evidence,
    Holding,
    LoginAttempt,
    Method,
    MethodRule,
    Stage,
    Waiting,
)
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog
from vestibule.services.login.method import CodeProof, Plain, Proof
from vestibule.services.mailed_sign_ins import MailedSignIns

_WHO = FieldError("required", "Say first who is signing in.")


class EmailCodeMethod(Plain):
    """The same mail as the link's, with a code in it. A mailbox is no factor (ASVS 6.3.6)."""

    rule = MethodRule(Method.EMAIL_CODE, Holding.EMAIL, frozenset(), frozenset({Stage.START}), amr=frozenset({"email"}))

    def __init__(self, database: Database, clock: Clock, mailed: MailedSignIns, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._mailed = mailed
        self._audit = audit

    async def prepare(self, attempt: LoginAttempt, user: User | None, device: Device) -> Waiting | Denied:
        """Send the mail, to whoever this is."""
        if user is None and not attempt.identifier:
            return Denied(ValidationFailed(fields={"identifier": _WHO}))
        await self._mailed.send(attempt, user, device, with_digits=True)
        return Waiting()

    async def verify(self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device) -> Advanced | Denied:
        """The code of this attempt's mail."""
        assert isinstance(proof, CodeProof)
        found = await self._mailed.redeem(attempt, user, proof.code, device)
        if not isinstance(found, Denied):
            return Advanced(found, Evidence(Method.EMAIL_CODE, frozenset(), "email", self._clock.now()))
        async with self._database.writing() as work:
            subject = user.id if user else None
            await self._audit.record(work, Action.LOGIN_FAILED, device, subject=subject, method=Method.EMAIL_CODE)
        return found
