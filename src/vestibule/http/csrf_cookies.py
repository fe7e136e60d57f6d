"""The CSRF pair of a browser: what its token is bound to (a pre-session or the session), and the token as a cookie."""

from collections.abc import Mapping

from vestibule.http.cookies import Cookies
from vestibule.services.abuse.csrf import Csrf
from vestibule.services.access.session_check import SessionCheck


async def held_session(
    check: SessionCheck, cookies: Cookies, presented: Mapping[str, str]
) -> tuple[str | None, tuple[str, ...]]:
    """Return the id of the session of the session cookie among these cookies, None when it is missing or not valid; and
    that cookie again when this check extended the idle expiry, so that both move on.
    """
    secret = presented.get(cookies.session_name)
    found = await check.by_cookie(secret) if secret else None
    if secret is None or found is None:
        return None, ()
    return found.session.id, (cookies.session(secret),) if found.touched else ()


def fresh_pair(
    cookies: Cookies, csrf: Csrf, presented: Mapping[str, str], session_id: str | None
) -> tuple[str, tuple[str, ...]]:
    """Return a new CSRF token and the cookies that go with it. A signed-in browser gets no pre-session; another one
    keeps the pre-session that it has, because its sign-in attempts are bound to it.
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
