"""The authenticator-app step."""

from dataclasses import dataclass

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt
from vestibule.domain.login import EnrolledFactor, Factor, LoginAttempt, Method, MethodRule, Stage, StepVerified
from vestibule.domain.user import User
from vestibule.services.credentials.totp import Totp
from vestibule.services.login.method import CodeProof, Proof, SecretMethod


@dataclass(eq=False, repr=False)
class TotpMethod(SecretMethod):
    """The authenticator-app step: six digits after another proof, never the first step."""

    rule = MethodRule(
        Method.TOTP,
        EnrolledFactor.TOTP,
        frozenset({Factor.POSSESSION}),
        frozenset({Stage.CONTINUE}),
        amr=frozenset({"otp"}),
    )

    _totp: Totp

    async def verify(self, _: LoginAttempt, user: User | None, proof: Proof, device: Device) -> StepVerified | Denied:
        """Check one code of the account that was proved before. Denied: WrongCode, RateLimited; the audit log records
        it.
        """
        assert isinstance(proof, CodeProof)
        if user is None:
            return Denied(InvalidAttempt())
        if denied := await self._totp.verify(user, proof.code, device):
            return await self.refuse(denied, user, device)
        return StepVerified(user, self.evidence())
