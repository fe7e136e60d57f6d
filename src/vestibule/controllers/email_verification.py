"""Controllers for confirming an email address."""

from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.schemas.base import Done
from vestibule.schemas.email_verification import ResendCodeRequest, VerifiedEmail, VerifyEmailRequest
from vestibule.schemas.users import safe_user

_RESENT = Done(message="If this address still needs to be confirmed, a new code is on its way.")


async def verify(call: Call[VerifyEmailRequest]) -> Answer:
    """Confirm an email address with its 6-digit code, or with the token of the link."""
    proof = call.body.proof()
    signed_in = call.whole.user if call.whole else None
    if isinstance(proof, str):
        outcome = await call.services.accounts.email_verification.verify_link(
            proof, signed_in, call.device, keep_factors=call.body.keep_factors
        )
    else:
        outcome = await call.services.accounts.email_verification.verify_digits(*proof, signed_in, call.device)
    user = safe_user(granted(outcome), call.config.profile_fields)
    return Answer(VerifiedEmail(user=user, message="The email address is confirmed."))


async def resend(call: Call[ResendCodeRequest]) -> Answer:
    """Request a new code, signed in or not. The answer does not reveal whether the address belongs to an account."""
    await call.services.accounts.email_verification.resend(call.body.email, call.device)
    return Answer(_RESENT)
