"""The response to a refused request: a redirect to sign in, a page that says what is missing, or the problem."""

import hashlib
import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from vestibule_client.errors import AuthError, Forbidden, NotAuthenticated
from vestibule_client.request import Incoming, origin_of
from vestibule_client.return_page import POLICY, return_page
from vestibule_client.settings import Settings

_JUST_BACK_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """A response: its status, body and type; `headers` are the others."""

    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def all_headers(self) -> dict[str, str]:
        """All headers, with the type of the body."""
        return {**({"Content-Type": self.content_type} if self.content_type else {}), **self.headers}


def refusal(settings: Settings, request: Incoming, error: AuthError, *, page: bool = False) -> Refusal:
    """Return the response to a refused request.

    A browser that opens a page is sent to sign in. One that has just come back from there is not sent again: it would
    come back for ever, so it gets a page that says what is missing. Programs get the problem document (RFC 9457).
    `page`: the request is for a page whatever its headers say.
    """
    page = page or request.wants_page
    if page and isinstance(error, NotAuthenticated):
        return _sent_to_sign_in(settings, request, error)
    if page and isinstance(error, Forbidden) and error.help_at:
        return Refusal(302, headers={"Location": error.help_at})
    return Refusal(error.status, json.dumps(error.problem).encode(), "application/problem+json", error.headers)


def _sent_to_sign_in(settings: Settings, request: Incoming, error: AuthError) -> Refusal:
    address = request.address(settings.origin)
    to = sign_in_address(settings.issuer, address)
    marker = "vestibule_return_" + hashlib.sha256(address.encode()).hexdigest()[:12]
    if origin_of(address) is None or not request.cookie(marker):
        return Refusal(302, headers={"Location": to, "Set-Cookie": _cookie(marker, address, _JUST_BACK_SECONDS)})
    body = return_page(settings, request, address, to, error).encode()
    headers = {**error.headers, "Set-Cookie": _cookie(marker, address, 0), "Content-Security-Policy": POLICY}
    return Refusal(error.status, body, "text/html; charset=utf-8", headers)


def sign_in_address(issuer: str, address: str) -> str:
    """Return the address where a browser signs in before it returns to `address`, on a host that Vestibule protects."""
    return f"{issuer}/forward-auth/return?{urlencode({'to': address})}"


def _cookie(name: str, address: str, seconds: int) -> str:
    """The mark of a browser that was sent to sign in from this address. It authenticates no one."""
    secure = "; Secure" if address.startswith("https:") else ""
    return f"{name}=1; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
