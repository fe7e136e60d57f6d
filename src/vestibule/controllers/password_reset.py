"""Controllers for forgotten passwords."""

from collections.abc import Mapping

from vestibule.domain.errors import FieldError
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.schemas.base import Done
from vestibule.schemas.password_reset import ForgotPasswordRequest, ResetPasswordRequest

_ACCEPTED = Done(message="If this address belongs to an account, an email with a link is on its way.")
_RESET = Done(message="The password was changed, and every device was signed out. Sign in with the new password.")


async def forgot(call: Call[ForgotPasswordRequest]) -> Answer:
    """Request a reset link. The answer does not reveal whether the address belongs to an account."""
    await call.services.accounts.reset_links.request(call.body.account(), call.device)
    return Answer(_ACCEPTED)


def rules(call: Call[ResetPasswordRequest]) -> Mapping[str, FieldError]:
    """`Route.rules`: the error of the new password, as far as it can be known without the account."""
    error = call.services.credentials.passwords.error(call.body.password)
    return {"password": error} if error else {}


async def reset(call: Call[ResetPasswordRequest]) -> Answer:
    """Set a new password with the token of a reset link. All sessions end, and none is started."""
    granted(await call.services.accounts.password_reset.reset(call.body.token, call.body.password, call.device))
    return Answer(_RESET)
