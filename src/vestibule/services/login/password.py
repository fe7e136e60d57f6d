"""The password step."""

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, InvalidCredentials, ValidationFailed
from vestibule.domain.login import (
    EnrolledFactor,
    Evidence,
    Factor,
    LoginAttempt,
    Method,
    MethodRule,
    Stage,
    StepVerified,
)
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.password_verifier import PasswordVerifier
from vestibule.services.login.method import PasswordProof, Plain, Proof
from vestibule.services.records.audit import AuditLog

_FACTORS = frozenset({Factor.KNOWLEDGE})
_WHO = FieldError("required", "Say first who is signing in.")


class PasswordMethod(Plain):
    """The password step: username or email, and the password. An unknown user, a disabled one and a wrong password look
    the same from outside.
    """

    rule = MethodRule(
        Method.PASSWORD,
        EnrolledFactor.PASSWORD,
        _FACTORS,
        frozenset({Stage.START, Stage.CONTINUE}),
        amr=frozenset({"pwd"}),
    )

    def __init__(self, database: Database, clock: Clock, passwords: PasswordVerifier, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._passwords = passwords
        self._audit = audit

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Denied:
        """Check one password against one account, whichever identifier was typed. Denied: ValidationFailed without an
        identifier, RateLimited, InvalidCredentials; the audit log records the last two.
        """
        assert isinstance(proof, PasswordProof)
        if user is None and not attempt.identifier:
            return Denied(ValidationFailed(fields={"identifier": _WHO}))
        if user is None:
            async with self._database.reading() as work:
                user = await work.users.find_by_identifier(attempt.identifier)
        verdict = await self._passwords.verify(user, attempt.identifier, proof.password, device)
        if isinstance(verdict, Denied):
            await self._record(Action.LOGIN_LIMITED, user.id if user else None, device)
            return verdict
        if not verdict or user is None or not user.is_active:
            await self._record(Action.LOGIN_FAILED, user.id if user else None, device)
            return Denied(InvalidCredentials())
        return StepVerified(user, Evidence(Method.PASSWORD, _FACTORS, "pwd", self._clock.now()))

    async def _record(self, action: Action, subject: str | None, device: Device) -> None:
        async with self._database.writing() as work:
            await self._audit.record(work, action, device, subject=subject, method=Method.PASSWORD)
