"""Controllers that protect, restore and export an account."""

import msgspec

from vestibule.domain.errors import InvalidCode
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.http.signed_in import signed_out_cookies
from vestibule.schemas.account_safety import CancelRecoveryRequest, TokenRequest, UndoneEmail
from vestibule.schemas.base import Done

_LOCKED = "Every device was signed out. We have sent you a link for choosing a new password."


async def lock_down(call: Call[None]) -> Answer:
    """Lock the caller's account down after a suspicious event. Every session ends and a reset link is emailed."""
    granted(await call.services.accounts.account_safety.lock_down(call.principal, call.device))
    cookies = signed_out_cookies(call) if call.cookie_session else ()
    return Answer(Done(message=_LOCKED), cookies=cookies)


async def not_me(call: Call[TokenRequest]) -> Answer:
    """Report an event as not one's own, with the token of its alert. Every session ends and a reset link is emailed."""
    granted(await call.services.accounts.account_safety.not_me(call.body.token, call.device))
    return Answer(Done(message=_LOCKED))


async def undo_email(call: Call[TokenRequest]) -> Answer:
    """Undo a change of the email address, with the token of the link that was sent to the old address."""
    outcome = granted(await call.services.accounts.account_safety.undo_email(call.body.token, call.device))
    return Answer(UndoneEmail(email=outcome.email, message="The change was undone. Choose a new password now."))


async def restore(call: Call[TokenRequest]) -> Answer:
    """Restore a deleted account during its grace period, with the token of the emailed link."""
    granted(await call.services.accounts.account_safety.restore(call.body.token, call.device))
    return Answer(Done(message="Your account is back. Sign in."))


async def cancel_recovery(call: Call[CancelRecoveryRequest]) -> Answer:
    """Cancel the pending removal of a second factor, with the token of the emailed link, or while signed in."""
    recoveries, token = call.services.credentials.factor_recovery, call.body.token if call.body else ""
    if token:
        granted(await recoveries.cancel_by_link(token, call.device))
    elif not call.whole:
        raise InvalidCode
    elif not await recoveries.cancel(call.whole.user, call.device):
        raise InvalidCode("Nothing is waiting.")
    return Answer(Done(message="Your second factor stays."))


async def export(call: Call[None]) -> Answer:
    """Export everything that is stored about the caller, as JSON."""
    data = await call.services.accounts.account_safety.export(call.principal, call.device)
    text = msgspec.json.format(msgspec.json.encode(data)).decode()
    headers = {"Content-Disposition": 'attachment; filename="account.json"'}
    return Answer(text=text, headers=headers)
