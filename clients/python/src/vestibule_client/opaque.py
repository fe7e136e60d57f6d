"""Looks up credentials that only Vestibule can verify: its cookies and API keys."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, cast

import httpx

from vestibule_client.errors import Forbidden, Misconfigured, NotAuthenticated, Unavailable
from vestibule_client.feed import Feed
from vestibule_client.issuer import Issuer
from vestibule_client.kept import FIX, NeedsNetwork
from vestibule_client.transport import NoAnswer, json_object
from vestibule_client.user import User, from_claims, from_session

Result = TypeVar("Result", bound=User | None)
_REMEMBERED = 10_000
_LONGEST = 30.0  # names and roles change without a session ending
_DENIED = (httpx.codes.BAD_REQUEST, httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
_BY_THE_RULES = {"access_denied", "assurance_required", "forward_auth_unclear", "invalid_text"}
_PAUSE = 1.0  # seconds after silence during which no other request waits for Vestibule


@dataclass(frozen=True, slots=True)
class _Entry:
    """A user (None: the session has ended), the last change of the feed that was heard of before the lookup, and when
    that began.
    """

    user: User | None
    changed: int
    at: float


class Opaque:
    """Looks up session cookies and API keys at Vestibule, and caches the answers.

    An answer is used for at most 30 seconds, and only while the feed shows that no session has ended since.
    """

    def __init__(self, issuer: Issuer, feed: Feed) -> None:
        self._issuer = issuer
        self._feed = feed
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._silence: tuple[str, float] | None = None

    def session(self, secret: str, *, wait: bool) -> User:
        """Return the user of a session cookie. Raises NotAuthenticated, Unavailable, or NeedsNetwork (`wait=False`)."""
        return self._lookup(b"session " + secret.encode(), lambda: self._session(secret), wait=wait)

    def sibling(self, cookie: str, address: str, *, wait: bool) -> User | None:
        """Return the user of the cookie that sibling hosts get, if Vestibule's access rules let them open this address;
        None when the session has ended. Raises Forbidden, Unavailable, or NeedsNetwork (`wait=False`).
        """
        page = address.partition("?")[0]
        return self._lookup(f"sibling {cookie} {page}".encode(), lambda: self._admitted(cookie, page), wait=wait)

    def api_key(self, key: str, *, wait: bool) -> User:
        """Return the user of an API key. Raises as `session`, also when there is no client to look it up with."""
        if not self._issuer.settings.client_id:
            raise NotAuthenticated(
                "an API key, which this application does not accept", "an access token or a session",
                "To accept API keys, set VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET: `vestibule clients create "
                "NAME` prints both.",
            )  # fmt: skip
        return self._lookup(b"key " + key.encode(), lambda: self._introspected(key), wait=wait)

    def _lookup(self, credential: bytes, fetch: Callable[[], Result], *, wait: bool) -> Result:
        self._feed.start()
        place, now, changed = hashlib.sha256(credential).digest(), self._issuer.now(), self._feed.changed
        entry = self._entries.get(place)
        if entry and self._feed.following and entry.changed == changed and now - entry.at < _LONGEST:
            return cast("Result", entry.user)  # of the same fetch, since its kind is part of the place
        if self._silence is not None and 0 <= now - self._silence[1] < _PAUSE:
            self._unavailable(self._silence[0])
        if not wait:
            raise NeedsNetwork
        user = fetch()
        self._keep(place, _Entry(user, changed, now))
        return user

    def _keep(self, place: bytes, entry: _Entry) -> None:
        other = self._entries.get(place)
        if other is not None and (other.changed, other.at) > (entry.changed, entry.at):
            return  # another request began later and was answered earlier
        self._entries[place] = entry
        self._entries.move_to_end(place)
        while len(self._entries) > _REMEMBERED:
            self._entries.popitem(last=False)

    def _session(self, secret: str) -> User:
        settings = self._issuer.settings
        address = f"{settings.issuer}/api/session"
        found = self._sent("GET", address, headers={"Cookie": f"{settings.session_cookie}={secret}"})
        if "user" in found and found["user"] is None:
            raise NotAuthenticated("a session cookie that is not good (any more)", "a live session", "Sign in again.")
        return self._read(from_session, found, address)

    def _admitted(self, cookie: str, page: str) -> User | None:
        settings = self._issuer.settings
        address = f"{settings.issuer}/forward-auth/session"
        headers = {"Cookie": f"{settings.forward_auth_cookie}={cookie}"}
        found = self._sent("GET", address, headers=headers, params={"address": page})
        return None if "user" in found and found["user"] is None else self._read(from_session, found, address)

    def _introspected(self, key: str) -> User:
        settings = self._issuer.settings
        address = self._issuer.endpoint("introspection_endpoint")
        found = self._sent("POST", address, data={"token": key}, auth=(settings.client_id, settings.client_secret))
        if found.get("active") is False:
            raise NotAuthenticated("an API key that is not good (any more), or not for this API", "a good key")
        if found.get("active") is not True:
            self._unavailable(f"an introspection without `active` from {address}")
        return self._read(lambda claims: from_claims(claims, "api_key"), found, address)

    def _read(self, make: Callable[[dict[str, Any]], User], answer: dict[str, Any], address: str) -> User:
        try:
            return make(answer)
        except ValueError as error:
            self._unavailable(f"an odd answer from {address}: {error}")

    def _sent(self, method: str, address: str, **more: Any) -> dict[str, Any]:
        try:
            reply = self._issuer.transport.send(method, address, **more)
            self._silence = None
            is_json = reply.status == httpx.codes.OK or reply.status in _DENIED
            found = json_object(reply.body, address) if is_json else {}
        except NoAnswer as error:
            if error.is_silent:
                self._silence = str(error), self._issuer.now()
            self._unavailable(str(error), error)
        if reply.status == httpx.codes.UNAUTHORIZED and "auth" in more:
            raise Misconfigured(
                "VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET that Vestibule refuses", "those of a client",
                "`vestibule clients rotate NAME` makes a new secret.",
            )  # fmt: skip
        if found.get("code") in _BY_THE_RULES:
            raise _denied(found)
        if reply.status != httpx.codes.OK:
            self._unavailable(f"status {reply.status} from {address}")
        return found

    def _unavailable(self, cause: str, error: Exception | None = None) -> NoReturn:
        raise Unavailable(cause, "whether this credential is good", FIX) from error


def _denied(problem: dict[str, Any]) -> Forbidden:
    """Return the error for a user whom Vestibule's access rules do not admit to this address."""
    detail, page = problem.get("detail"), problem.get("helpAt")
    help_at = page if isinstance(page, str) and page.startswith(("https://", "http://")) else ""
    got = f"a user who is not admitted to this address ({detail})"
    return Forbidden(
        got, "one whom an access rule of Vestibule's admits", "See VESTIBULE_FORWARD_AUTH.", help_at=help_at
    )
