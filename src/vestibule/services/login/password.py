"""The password step."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCredentials
from vestibule.domain.login import EnrolledFactor, Factor, LoginAttempt, Method, MethodRule, Stage, StepVerified
from vestibule.domain.user import User
from vestibule.services.credentials.password_verifier import PasswordVerifier
from vestibule.services.login.method import PasswordProof, Proof, SecretMethod, unidentified


@dataclass(eq=False, repr=False)
class PasswordMethod(SecretMethod):
    """The password step: username or email, and the password. An unknown user, a disabled one and a wrong password look
    the same from outside.
    """

    rule = MethodRule(
        Method.PASSWORD,
        EnrolledFactor.PASSWORD,
        frozenset({Factor.KNOWLEDGE}),
        frozenset({Stage.START, Stage.CONTINUE}),
        amr=frozenset({"pwd"}),
    )

    _passwords: PasswordVerifier

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Denied:
        """Check one password against one account, whichever identifier was typed. Denied: ValidationFailed without an
        identifier, RateLimited, InvalidCredentials; the audit log records the last two.
        """
        assert isinstance(proof, PasswordProof)
        if denied := unidentified(attempt, user):
            return denied
        if user is None:
            async with self._database.reading() as work:
                user = await work.users.find_by_identifier(attempt.identifier)
        verdict = await self._passwords.verify(user, attempt.identifier, proof.password, device)
        if isinstance(verdict, Denied):
            return await self.refuse(verdict, user, device, Action.LOGIN_LIMITED)
        if not verdict or user is None or not user.is_active:
            return await self.refuse(Denied(InvalidCredentials()), user, device)
        return StepVerified(user, self.evidence())
