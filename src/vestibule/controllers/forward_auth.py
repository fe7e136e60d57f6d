"""The controller that sends a browser back to a protected address after signing in."""

from urllib.parse import urlencode

from vestibule.domain.principal import Principal
from vestibule.domain.session import SessionType
from vestibule.http.call import Answer, Call
from vestibule.http.forward_answers import RETURN_PATH, protected_host
from vestibule.schemas.forward_auth import ReturnQuery


async def come_back(call: Call[ReturnQuery]) -> Answer:
    """Send a signed-in browser back to the protected address it came from, any other one to the sign-in page.

    Only to our own origin, and to hosts that a rule names and that our cookies reach; for any other address it goes to
    the account page.
    """
    host = protected_host(call.body.to, call.services.access.forward_auth.rules, call.config)
    if host is None:
        return _go(f"{call.config.app_url}/account")
    if not isinstance(call.caller, Principal) or call.caller.session_type is not SessionType.COOKIE:
        again = f"{RETURN_PATH}?{urlencode({'to': call.body.to})}"
        return _go(f"{call.config.app_url}/auth/sign-in?{urlencode({'next': again})}")
    cookies: tuple[str, ...] = ()
    if call.config.forward_domain:
        cookies = (
            call.cookies.forward_auth(call.services.access.forward_auth.forward_auth_cookie(call.caller.session)),
        )
    return Answer(status=303, headers={"Location": call.body.to}, cookies=cookies)


def _go(address: str) -> Answer:
    return Answer(status=303, headers={"Location": address})
