"""The emailed code: six digits, typed where the sign-in was started."""

from dataclasses import dataclass

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.login import EnrolledFactor, LoginAttempt, Method, MethodRule, Stage, StepVerified, Waiting
from vestibule.domain.user import User
from vestibule.services.login.mailed_sign_ins import MailedSignIns
from vestibule.services.login.method import CodeProof, Proof, SecretMethod


@dataclass(eq=False, repr=False)
class EmailCodeMethod(SecretMethod):
    """The email-code step: the same email as the link's, with a code in it. A mailbox is no factor (ASVS 6.3.6)."""

    rule = MethodRule(
        Method.EMAIL_CODE, EnrolledFactor.EMAIL, frozenset(), frozenset({Stage.START}), amr=frozenset({"email"})
    )

    _mailed: MailedSignIns

    async def prepare(self, attempt: LoginAttempt, user: User | None, device: Device) -> Waiting | Denied:
        """Send the email, whether the identifier belongs to an account or not. Denied (ValidationFailed) without an
        identifier.
        """
        return await self._mailed.send(attempt, user, device, with_digits=True)

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Denied:
        """Check the code from this attempt's email. Denied with the reason; the audit log records it."""
        assert isinstance(proof, CodeProof)
        found = await self._mailed.redeem(attempt, user, proof.code, device)
        if isinstance(found, Denied):
            return await self.refuse(found, user, device)
        return StepVerified(found, self.evidence())
