"""The recovery-code step, for a user whose second factor is out of reach: one of ten codes on paper."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.credential import CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt
from vestibule.domain.login import EnrolledFactor, Factor, LoginAttempt, Method, MethodRule, Stage, StepVerified
from vestibule.domain.user import User
from vestibule.services.credentials.recovery_codes import RecoveryCodes
from vestibule.services.login.method import CodeProof, Proof, SecretMethod
from vestibule.services.records.notifications import Notifications


@dataclass(eq=False, repr=False)
class RecoveryCodeMethod(SecretMethod):
    """The recovery-code step. The code is a look-up secret (NIST SP 800-63B section 3.1.2): something the user has."""

    rule = MethodRule(
        Method.RECOVERY_CODE,
        EnrolledFactor.RECOVERY_CODE,
        frozenset({Factor.POSSESSION}),
        frozenset({Stage.CONTINUE}),
        amr=frozenset({"recovery"}),
    )

    _codes: RecoveryCodes
    _notifications: Notifications

    async def verify(self, _: LoginAttempt, user: User | None, proof: Proof, device: Device) -> StepVerified | Denied:
        """Check one code and use it up; the user gets an email about it. Denied: WrongCode, RateLimited; the audit log
        records it.
        """
        assert isinstance(proof, CodeProof)
        if user is None:
            return Denied(InvalidAttempt())
        if denied := await self._codes.verify(user, proof.code, device):
            return await self.refuse(denied, user, device)
        async with self._database.writing() as work:
            left = len(await work.credentials.list(user.id, CredentialKind.RECOVERY_CODE))
            await self._notifications.recovery_code_used(work, user, device, left)
            await self._audit.record(work, Action.RECOVERY_CODE_USED, device, subject=user.id, left=left)
        return StepVerified(user, self.evidence())
