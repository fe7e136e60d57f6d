"""The cookies that change when somebody signs in or out in a browser."""

from vestibule.http.cookies import Cookies
from vestibule.services.csrf import Csrf
from vestibule.services.sessions import IssuedSession


def signed_in_cookies(cookies: Cookies, csrf: Csrf, issued: IssuedSession) -> tuple[str, ...]:
    """A new session secret, a CSRF token bound to the session, and no pre-session any more."""
    if issued.secret is None:
        return ()
    return (
        cookies.session(issued.secret),
        cookies.xsrf(csrf.token_for(issued.session.id)),
        cookies.drop_presession(),
    )


def signed_out_cookies(cookies: Cookies, csrf: Csrf) -> tuple[str, ...]:
    """No session, no refresh token, a fresh pre-session and a CSRF token for it."""
    presession = csrf.new_presession()
    return (
        cookies.drop_session(),
        cookies.drop_refresh(),
        cookies.presession(presession),
        cookies.xsrf(csrf.token_for(presession)),
    )
