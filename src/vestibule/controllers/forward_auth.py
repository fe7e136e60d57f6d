"""The way back to a protected address after signing in."""

from urllib.parse import urlencode

from vestibule.domain.principal import Principal
from vestibule.domain.session import Door
from vestibule.http.call import Answer, Call
from vestibule.http.forward_answers import RETURN_PATH, protected_host
from vestibule.schemas.forward_auth import ReturnQuery


async def come_back(call: Call[ReturnQuery]) -> Answer:
    """Send a browser back to the protected address it came from, signed in; to the sign-in page when it is not.

    Only to hosts that a rule names and that our cookies reach: anywhere else it ends at the account page.
    """
    host = protected_host(call.body.to, call.services.forward_auth.rules, call.edge)
    if host is None:
        return _go(f"{call.edge.app_url}/account")
    if not isinstance(call.caller, Principal) or call.caller.door is not Door.BROWSER:
        again = f"{RETURN_PATH}?{urlencode({'to': call.body.to})}"
        return _go(f"{call.edge.app_url}/auth/sign-in?{urlencode({'next': again})}")
    cookies: tuple[str, ...] = ()
    if call.edge.forward_domain:
        cookies = (call.cookies.forward(call.services.forward_auth.stamp(call.caller.session)),)
    return Answer(status=303, headers={"Location": call.body.to}, cookies=cookies)


def _go(address: str) -> Answer:
    return Answer(status=303, headers={"Location": address})
