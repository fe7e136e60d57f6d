"""The CSRF pair of a browser: its CSRF token as a cookie, and the cookie that the token is bound to: the session's or,
before sign-in, the pre-session's.
"""

from collections.abc import Mapping

from vestibule.http.cookies import Cookies
from vestibule.services.abuse.csrf import Csrf
from vestibule.services.access.session_check import SessionCheck


async def held_session(
    check: SessionCheck, cookies: Cookies, presented: Mapping[str, str]
) -> tuple[str | None, tuple[str, ...]]:
    """Return the id of a browser's cookie session, and the cookies to renew. `presented`: the request's cookies.

    The id is None when the session cookie is missing or not valid. The session cookie is renewed when this check
    extended the session's idle expiry, so that both end together.
    """
    secret = presented.get(cookies.session_name)
    found = await check.by_cookie(secret) if secret else None
    if secret is None or found is None:
        return None, ()
    return found.session.id, (cookies.session(secret),) if found.touched else ()


def fresh_pair(
    cookies: Cookies, csrf: Csrf, presented: Mapping[str, str], session_id: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return a new CSRF token and the cookies that belong to it. A signed-in browser gets no pre-session; any other one
    keeps the pre-session that it has, because its sign-in attempts are bound to that.
    """
    if session_id is not None:
        token = csrf.token_for(session_id)
        return token, (cookies.xsrf(token),)
    presession = _presession(cookies, csrf, presented) or csrf.new_presession()
    token = csrf.token_for(presession)
    return token, (cookies.presession(presession), cookies.xsrf(token))


def missing_pair(cookies: Cookies, csrf: Csrf, presented: Mapping[str, str], session_id: str | None) -> tuple[str, ...]:
    """Return the cookies of a fresh pair; none when this browser has a CSRF token that matches."""
    binding = session_id or _presession(cookies, csrf, presented)
    if binding and csrf.matches(presented.get(cookies.xsrf_name, ""), binding):
        return ()
    return fresh_pair(cookies, csrf, presented, session_id)[1]


def _presession(cookies: Cookies, csrf: Csrf, presented: Mapping[str, str]) -> str | None:
    held = presented.get(cookies.presession_name)
    return held if held and csrf.is_presession(held) else None
