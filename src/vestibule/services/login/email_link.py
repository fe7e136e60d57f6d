"""The emailed link: opened on any device, confirmed with a button; the sign-in then goes on by itself where it was
started.
"""

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.login import EnrolledFactor, LoginAttempt, Method, MethodRule, Stage, StepVerified, Waiting
from vestibule.domain.user import User
from vestibule.services.login.mailed_sign_ins import MailedSignIns
from vestibule.services.login.method import Plain, Proof


class EmailLinkMethod(Plain):
    """The email-link step: requesting it sends the email. The proof is not submitted here: POST /api/login/links adds
    it to the attempt.
    """

    rule = MethodRule(
        Method.EMAIL_LINK, EnrolledFactor.EMAIL, frozenset(), frozenset({Stage.START}), amr=frozenset({"email"})
    )

    def __init__(self, mailed: MailedSignIns) -> None:
        self._mailed = mailed

    async def prepare(self, attempt: LoginAttempt, user: User | None, device: Device) -> Waiting | Denied:
        """Send the email, whether the identifier belongs to an account or not. Denied (ValidationFailed) without an
        identifier.
        """
        return await self._mailed.send(attempt, user, device, with_digits=False)

    async def verify(
        self, _: LoginAttempt, __: User | None, ___: Proof, ____: Device
    ) -> StepVerified | Waiting | Denied:
        """Return Waiting, because the link was not confirmed yet: otherwise the attempt would have gone on."""
        return Waiting()
