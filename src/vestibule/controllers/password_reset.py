"""Forgotten passwords."""

from vestibule.domain.errors import Denied
from vestibule.http.call import Answer, Call
from vestibule.schemas.base import Done
from vestibule.schemas.password_reset import ForgotPasswordRequest, ResetPasswordRequest

_ASKED = Done(message="If this address belongs to an account, a mail with a link is on its way.")
_RESET = Done(message="The password was changed, and every device was signed out. Sign in with the new password.")


async def forgot(call: Call[ForgotPasswordRequest]) -> Answer:
    """Ask for a reset link: the same answer whether or not the address is known."""
    await call.services.password_reset.request(call.body.address(), call.device)
    return Answer(_ASKED)


async def reset(call: Call[ResetPasswordRequest]) -> Answer:
    """Set a new password with the token of a link. Nobody is signed in by it."""
    outcome = await call.services.password_reset.reset(call.body.token, call.body.password, call.device)
    if isinstance(outcome, Denied):
        raise outcome.reason
    return Answer(_RESET)
