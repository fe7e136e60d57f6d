"""Finds the user of a request: by bearer token, API key, a reverse proxy's header, or a cookie, in one call."""

import asyncio
import logging
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from vestibule_client.errors import AuthError, Forbidden, NotAuthenticated, Unavailable
from vestibule_client.feed import Feed
from vestibule_client.issuer import Issuer
from vestibule_client.kept import NeedsNetwork, Now
from vestibule_client.loopback import transport_for
from vestibule_client.opaque import Opaque
from vestibule_client.refusal import Refusal, refusal
from vestibule_client.request import FORWARD_HEADER, Incoming
from vestibule_client.settings import Settings
from vestibule_client.settings import settings as read_settings
from vestibule_client.transport import LIMIT
from vestibule_client.user import User, Via, from_claims

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] ([A-Za-z0-9\-._~+/]+=*)\Z")
_SESSION = re.compile(r"vst_ses_[0-9A-Za-z]{49}\Z")
_FORWARD_COOKIE = re.compile(r"vst_fwd_[0-9A-Za-z_\-]{1,200}\Z")
_API_KEY = re.compile(r"vst_key_[0-9A-Za-z]{49}\Z")
_ACCESS, _FORWARD = "at+jwt", "vestibule-forward-auth+jwt"


class Vestibule:
    """The client of Vestibule; an application needs one.

    It can be shared between threads and event loops, and created before a server forks.
    """

    def __init__(
        self, settings: Settings | None = None, *, timeout: float = LIMIT,
        transport: httpx.BaseTransport | None = None, wall: Now = time.time,
    ) -> None:  # fmt: skip
        """`settings`: by default the environment's. `timeout`: seconds for an answer of Vestibule's. `transport` and
        `wall` (seconds since 1970 UTC) are for tests. Raises Misconfigured.
        """
        self.settings = settings or read_settings()
        transport = transport or transport_for(self.settings.issuer)
        http = httpx.Client(transport=transport, timeout=timeout, follow_redirects=False)
        self.issuer = Issuer(self.settings, http, wall, limit=timeout)
        self.feed = Feed(self.issuer)
        self._opaque = Opaque(self.issuer, self.feed)

    def user(self, request: Incoming, *, wait: bool = True) -> User | None:
        """Return the user of a request; None without a credential. An invalid credential is an error, not None.

        Raises NotAuthenticated, Forbidden (a page of another origin sent a change along with the cookie), Unavailable,
        Misconfigured; NeedsNetwork only when `wait` is false.
        """
        try:
            return self._user(request, wait=wait)
        except AuthError as error:
            if error.status >= 500:  # not the sender's fault: the application's operator has to know
                level = logging.WARNING if isinstance(error, Unavailable) else logging.ERROR
                self.issuer.means.notices.write(level, str(error))
            raise

    async def auser(self, request: Incoming) -> User | None:
        """As `user`, for event loops: answers from the caches at once, and fetches in a thread."""
        try:
            return self.user(request, wait=False)
        except NeedsNetwork:
            return await asyncio.to_thread(self.user, request)

    def require(self, user: User | None, *, role: str | None = None, scope: str | None = None, aal: int = 1) -> User:
        """Return the user if it has this role, scope and assurance level. Raises NotAuthenticated or Forbidden."""
        if user is None:
            raise NotAuthenticated(
                "no credential",
                "a bearer token, an API key or a session",
                "Sign in, or send `Authorization: Bearer …`.",
            )
        if role is not None and role not in user.roles:
            raise Forbidden(f"roles {list(user.roles)}", f"the role {role!r}")
        if scope is not None and user.via in {"token", "api_key"} and scope not in user.scopes:
            raise Forbidden(f"scopes {list(user.scopes)}", f"the scope {scope!r}", "Ask for a token with this scope.")
        if user.aal < aal:
            raise Forbidden(f"assurance level {user.aal}", f"level {aal}", "Sign in with a second factor.")
        return user

    def refusal(self, request: Incoming, error: AuthError, *, page: bool = False) -> Refusal:
        """Return the response to a refused request: a redirect to sign in, a page that says why that did not help, or
        the problem document. `page`: the request is for a page whatever its headers say.
        """
        return refusal(self.settings, request, error, page=page)

    def close(self) -> None:
        """Close the connections and stop the feed's thread. An application that exits need not call this."""
        self.feed.close()
        self.issuer.http.close()

    def _user(self, request: Incoming, *, wait: bool) -> User | None:
        if authorization := request.all("authorization"):
            return self._bearer(authorization, wait=wait)
        if self.settings.origin and (header := request.get(FORWARD_HEADER)):
            claims = self.issuer.verify(header, typ=_FORWARD, audience=self.settings.origin, wait=wait)
            return _of(claims, "proxy")
        if secret := request.cookie(self.settings.session_cookie):
            self._refuse_forged(request)
            if not _SESSION.match(secret):
                raise NotAuthenticated("a cookie that is no session of Vestibule's", "a live session", "Sign in again.")
            return self._opaque.session(secret, wait=wait)
        # Else the cookie that sibling hosts get. It outlives its session: then the request has no user.
        cookie = request.cookie(self.settings.forward_auth_cookie)
        if not _FORWARD_COOKIE.match(cookie):
            return None
        self._refuse_forged(request)
        return self._opaque.sibling(cookie, request.address(self.settings.origin), wait=wait)

    def _bearer(self, authorization: list[str], *, wait: bool) -> User:
        match = _BEARER.match(authorization[0]) if len(authorization) == 1 else None
        if match is None:
            raise NotAuthenticated("an Authorization header of another form", "`Bearer <token>`, once")
        token = match[1]
        if _API_KEY.match(token):
            return self._opaque.api_key(token, wait=wait)
        audience = self.settings.audience or self.settings.issuer
        claims = self.issuer.verify(token, typ=_ACCESS, audience=audience, wait=wait)
        self.feed.check(claims, wait=wait)
        return _of(claims, "token")

    def _refuse_forged(self, request: Incoming) -> None:
        if request.is_forged(self.settings.origin):
            raise Forbidden(
                f"a {request.method} from another origin with the session cookie", "a request from this application",
                "Send it from a page of this origin, or with an access token. Behind a proxy that ends TLS, set "
                "VESTIBULE_APP_ORIGIN.",
            )  # fmt: skip


def _of(claims: Mapping[str, Any], via: Via) -> User:
    try:
        return from_claims(claims, via)
    except ValueError as error:
        raise NotAuthenticated(f"a token without a user ({error})", "a token of a user") from None


@dataclass(slots=True)
class _Process:
    """The default client of the process: the one that was set, else the one made from the environment. In tests it may
    be set later than applications start.
    """

    chosen: Vestibule | None = None
    made: Vestibule | None = None
    in_tests: bool = False


_process = _Process()
_making = threading.Lock()


def default() -> Vestibule:
    """Return the default client: the one that was set, else one made from the environment. Raises Misconfigured."""
    with _making:
        found = _process.chosen or _process.made
        if found is None:
            found = _process.made = Vestibule()
        return found


def check_at_start(client: Vestibule | None = None) -> None:
    """Raise Misconfigured now, when an application starts, if its settings are missing or wrong."""
    if client is None and not _process.in_tests:
        default()


def expect_tests() -> None:
    """Let applications start without settings, because fixtures set the default client later; for test runners."""
    _process.in_tests = True


def set_default(client: Vestibule | None) -> None:
    """Set the default client, or return to the environment's (None); for tests."""
    _process.chosen, _process.made = client, None


def chosen() -> Vestibule | None:
    """Return the default client if one was set, else None. It takes precedence over a framework's configuration."""
    return _process.chosen
