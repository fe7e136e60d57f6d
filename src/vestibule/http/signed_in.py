"""The cookies that change when a user signs in or out in a browser."""

from typing import Any

from vestibule.http.call import Call
from vestibule.services.sessions.sessions import IssuedSession


def signed_in_cookies(call: Call[Any], issued: IssuedSession) -> tuple[str, ...]:
    """Return the cookies of a sign-in: the session secret, and a CSRF token bound to it; the pre-session is dropped.

    None for a token session, which has no secret.
    """
    if issued.secret is None:
        return ()
    token, cookies = call.services.abuse.csrf.token_for(issued.session.id), call.cookies
    return cookies.session(issued.secret), cookies.xsrf(token), cookies.drop(cookies.presession_name)


def signed_out_cookies(call: Call[Any]) -> tuple[str, ...]:
    """Return the cookies of a sign-out: no session, no refresh token, a fresh pre-session and its CSRF token."""
    cookies, csrf = call.cookies, call.services.abuse.csrf
    presession = csrf.new_presession()
    fresh = cookies.presession(presession), cookies.xsrf(csrf.token_for(presession))
    return cookies.drop(cookies.session_name), cookies.drop_refresh(), *fresh
