"""The mailed link: opened anywhere, confirmed with a button, and the first device goes on by itself."""

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.login import (
    Advanced,
    Holding,
    LoginAttempt,
    Method,
    MethodRule,
    Stage,
    Waiting,
)
from vestibule.domain.user import User
from vestibule.services.login.method import Plain, Proof
from vestibule.services.mailed_sign_ins import MailedSignIns

_WHO = FieldError("required", "Say first who is signing in.")


class EmailLinkMethod(Plain):
    """Asking sends the mail. The proof does not come this way: POST /api/login/links adds it to the attempt."""

    rule = MethodRule(Method.EMAIL_LINK, Holding.EMAIL, frozenset(), frozenset({Stage.START}), amr=frozenset({"email"}))

    def __init__(self, mailed: MailedSignIns) -> None:
        self._mailed = mailed

    async def prepare(self, attempt: LoginAttempt, user: User | None, device: Device) -> Waiting | Denied:
        """Send the mail, to whoever this is."""
        if user is None and not attempt.identifier:
            return Denied(ValidationFailed(fields={"identifier": _WHO}))
        await self._mailed.send(attempt, user, device, with_digits=False)
        return Waiting()

    async def verify(self, _: LoginAttempt, __: User | None, ___: Proof, ____: Device) -> Advanced | Waiting | Denied:
        """Ask whether the link was opened: if it had been, the attempt would have gone on."""
        return Waiting()
