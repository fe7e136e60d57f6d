"""The authenticator-app step."""

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt
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
from vestibule.services.credentials.totp import Totp
from vestibule.services.login.method import CodeProof, Plain, Proof
from vestibule.services.records.audit import AuditLog

_FACTORS = frozenset({Factor.POSSESSION})


class TotpMethod(Plain):
    """The authenticator-app step: six digits after another proof, never the first step."""

    rule = MethodRule(Method.TOTP, EnrolledFactor.TOTP, _FACTORS, frozenset({Stage.CONTINUE}), amr=frozenset({"otp"}))

    def __init__(self, database: Database, clock: Clock, totp: Totp, audit: AuditLog) -> None:
        self._database = database
        self._clock = clock
        self._totp = totp
        self._audit = audit

    async def verify(self, _: LoginAttempt, user: User | None, proof: Proof, device: Device) -> StepVerified | Denied:
        """Check one code of the account that was proved before. Denied: WrongCode, RateLimited; the audit log records
        it.
        """
        assert isinstance(proof, CodeProof)
        if user is None:
            return Denied(InvalidAttempt())
        if denied := await self._totp.verify(user, proof.code, device):
            async with self._database.writing() as work:
                await self._audit.record(work, Action.LOGIN_FAILED, device, subject=user.id, method=Method.TOTP)
            return denied
        return StepVerified(user, Evidence(Method.TOTP, _FACTORS, "otp", self._clock.now()))
