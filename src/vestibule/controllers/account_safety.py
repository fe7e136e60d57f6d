"""When something is wrong with an account, or over."""

import msgspec

from vestibule.domain.errors import Denied, InvalidCode
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door
from vestibule.http.call import Answer, Call
from vestibule.http.signed_in import signed_out_cookies
from vestibule.schemas.account_safety import CancelRecoveryRequest, TokenRequest, UndoneEmail
from vestibule.schemas.base import Done

_LOCKED = "Every device was signed out. We have sent you a link for choosing a new password."


async def lock_down(call: Call[None]) -> Answer:
    """Say that something was not you. Every session ends and a reset link is mailed."""
    await call.services.account_safety.lock_down(call.principal, call.device)
    by_cookie = call.principal.door is Door.BROWSER
    cookies = signed_out_cookies(call.cookies, call.services.csrf) if by_cookie else ()
    return Answer(Done(message=_LOCKED), cookies=cookies)


async def not_me(call: Call[TokenRequest]) -> Answer:
    """Say that what an alert told was not you, with its link. Every session ends and a reset link is mailed."""
    denied = await call.services.account_safety.not_me(call.body.token, call.device)
    if denied:
        raise denied.reason
    return Answer(Done(message=_LOCKED))


async def undo_email(call: Call[TokenRequest]) -> Answer:
    """Take a change of address back, with the link that the old address got."""
    outcome = await call.services.account_safety.undo_email(call.body.token, call.device)
    if isinstance(outcome, Denied):
        raise outcome.reason
    return Answer(UndoneEmail(email=outcome.email, message="The change was undone. Choose a new password now."))


async def restore(call: Call[TokenRequest]) -> Answer:
    """Bring a deleted account back, while its grace lasts."""
    outcome = await call.services.account_safety.restore(call.body.token, call.device)
    if isinstance(outcome, Denied):
        raise outcome.reason
    return Answer(Done(message="Your account is back. Sign in."))


async def cancel_recovery(call: Call[CancelRecoveryRequest]) -> Answer:
    """Stop the removal of a second factor: with the link, or signed in."""
    recoveries, token = call.services.factor_recoveries, call.body.token if call.body else ""
    if token:
        denied = await recoveries.cancel_by_link(token, call.device)
    elif isinstance(call.caller, Principal):
        stopped = await recoveries.cancel(call.caller.user, call.device)
        denied = None if stopped else Denied(InvalidCode("Nothing is waiting."))
    else:
        denied = Denied(InvalidCode())
    if denied:
        raise denied.reason
    return Answer(Done(message="Your second factor stays."))


async def export(call: Call[None]) -> Answer:
    """Everything that is kept about the caller, as JSON."""
    data = await call.services.account_safety.export(call.principal, call.device)
    text = msgspec.json.format(msgspec.json.encode(data)).decode()
    headers = {"Content-Disposition": 'attachment; filename="account.json"'}
    return Answer(text=text, headers=headers)
