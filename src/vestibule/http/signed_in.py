"""The cookies that change when a user signs in or out in a browser."""

from vestibule.http.cookies import Cookies
from vestibule.services.abuse.csrf import Csrf
from vestibule.services.sessions.sessions import IssuedSession


def signed_in_cookies(cookies: Cookies, csrf: Csrf, issued: IssuedSession) -> tuple[str, ...]:
    """Return the cookies of a sign-in: the session secret, and a CSRF token bound to it; the pre-session is dropped."""
    if issued.secret is None:
        return ()
    return (
        cookies.session(issued.secret),
        cookies.xsrf(csrf.token_for(issued.session.id)),
        cookies.drop_presession(),
    )


def signed_out_cookies(cookies: Cookies, csrf: Csrf) -> tuple[str, ...]:
    """Return the cookies of a sign-out: no session, no refresh token, a fresh pre-session and its CSRF token."""
    presession = csrf.new_presession()
    return (
        cookies.drop_session(),
        cookies.drop_refresh(),
        cookies.presession(presession),
        cookies.xsrf(csrf.token_for(presession)),
    )
