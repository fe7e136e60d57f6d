"""Looks up credentials that only Vestibule can verify: session cookies and API keys."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import httpx

from vestibule_client.errors import Misconfigured, NotAuthenticated, Unavailable
from vestibule_client.feed import Feed
from vestibule_client.issuer import Issuer, NeedsNetwork
from vestibule_client.user import User, from_claims, from_session

_REMEMBERED = 10_000
_LONGEST = 30.0  # names and roles change without a session ending


class Opaque:
    """Looks up session cookies and API keys at Vestibule, and caches the answers.

    An answer is used for at most 30 seconds, and only while the feed shows that no session has ended since.
    """

    def __init__(self, issuer: Issuer, feed: Feed) -> None:
        self._issuer = issuer
        self._feed = feed
        self._known: OrderedDict[bytes, tuple[User, int, float]] = OrderedDict()

    def session(self, secret: str, *, wait: bool) -> User:
        """Return the user of a session cookie. Raises NotAuthenticated, Unavailable, or NeedsNetwork (`wait=False`)."""
        return self._lookup(b"session " + secret.encode(), lambda: self._session(secret), wait=wait)

    def api_key(self, key: str, *, wait: bool) -> User:
        """Return the user of an API key. Raises as `session`, and Misconfigured without a registered client."""
        if not self._issuer.settings.client_id:
            raise Misconfigured(
                "an API key", "VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET, which are not set",
                "`vestibule clients create NAME` prints both; they let this application ask about keys.",
            )  # fmt: skip
        return self._lookup(b"key " + key.encode(), lambda: self._introspected(key), wait=wait)

    def _lookup(self, credential: bytes, ask: Callable[[], User], *, wait: bool) -> User:
        self._feed.start()
        place, now = hashlib.sha256(credential).digest(), self._issuer.now()
        known = self._known.get(place)
        if known and self._feed.following and known[1] == self._feed.generation and now - known[2] < _LONGEST:
            return known[0]
        if not wait:
            raise NeedsNetwork
        generation = self._feed.generation
        user = ask()
        self._known[place] = (user, generation, now)
        self._known.move_to_end(place)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return user

    def _session(self, secret: str) -> User:
        settings = self._issuer.settings
        found = self._sent(
            "GET", f"{settings.issuer}/api/session", headers={"Cookie": f"{settings.session_cookie}={secret}"}
        )
        if not found.get("user"):
            raise NotAuthenticated("a session cookie that is not good (any more)", "a live session", "Sign in again.")
        return from_session(found)

    def _introspected(self, key: str) -> User:
        settings = self._issuer.settings
        found = self._sent(
            "POST", self._issuer.endpoint("introspection_endpoint"), data={"token": key},
            auth=(settings.client_id, settings.client_secret),
        )  # fmt: skip
        if found.get("active") is not True:
            raise NotAuthenticated("an API key that is not good (any more), or not for this API", "a good key")
        return from_claims(found, "api_key")

    def _sent(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            answer = self._issuer.http.request(method, address, **more)
            if answer.status_code == httpx.codes.UNAUTHORIZED and "auth" in more:
                raise Misconfigured(
                    "VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET that Vestibule refuses", "those of a client",
                    "`vestibule clients rotate NAME` makes a new secret.",
                )  # fmt: skip
            answer.raise_for_status()
            found: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(f"{type(error).__name__} from {address}", "an answer") from error
        return found
