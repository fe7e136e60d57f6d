"""The controllers of forward-auth for browsers, and for applications that ask by themselves, without a proxy."""

from urllib.parse import urlencode

from vestibule.domain.errors import ForwardAuthUnclear
from vestibule.http.call import Answer, Call
from vestibule.http.forward_answers import RETURN_PATH, denial_error, return_obstacle
from vestibule.http.original_request import requested_address
from vestibule.schemas.forward_auth import AddressQuery, ReturnQuery
from vestibule.schemas.login import CurrentSession
from vestibule.schemas.sessions import checked_session
from vestibule.services.access.forward_auth import Denied


async def come_back(call: Call[ReturnQuery]) -> Answer:
    """Redirect a signed-in browser to the protected address that it was opening, any other one to the sign-in page.

    That address must have this service's own origin, or a host that an access rule names and that the cookies reach.
    For any other host the browser gets a page that says what is missing, for a malformed address the account page.
    """
    obstacle = return_obstacle(call.body.to, call.services.access.forward_auth.rules, call.config)
    if obstacle == "malformed":
        return _go(f"{call.config.pages_url}/account")
    if obstacle is not None:
        return _go(f"{call.config.pages_url}/auth/no-access?{urlencode({'why': obstacle, 'to': call.body.to})}")
    found = call.cookie_session
    if found is None:
        again = f"{RETURN_PATH}?{urlencode({'to': call.body.to})}"
        return _go(f"{call.config.pages_url}/auth/sign-in?{urlencode({'next': again})}")
    cookies: tuple[str, ...] = ()
    if call.config.forward_domain:
        cookies = (call.cookies.forward_auth(call.services.access.forward_auth.forward_auth_cookie(found)),)
    return Answer(status=303, headers={"Location": call.body.to}, cookies=cookies)


async def session(call: Call[AddressQuery]) -> Answer:
    """Get the signed-in user, for an application on a sibling host that received the user's forward-auth cookie.

    `user` is null without a live session. The access rules decide about `address` as they do for a proxy: a user whom
    they do not admit gets 401 or 403, with `helpAt` where a page helps.
    """
    request = requested_address(call.body.address)
    if request is None:
        raise ForwardAuthUnclear
    forward_auth, cookie = call.services.access.forward_auth, call.presented.get(call.cookies.forward_auth_name)
    found = await forward_auth.by_forward_auth_cookie(cookie) if cookie else None
    if found is None:
        return Answer(CurrentSession(user=None))
    checked = found.session
    decision = forward_auth.decide(request, checked)
    if isinstance(decision, Denied):
        raise denial_error(decision, request, call.config)
    return Answer(checked_session(checked, call.config.profile_fields))


def _go(address: str) -> Answer:
    return Answer(status=303, headers={"Location": address})
