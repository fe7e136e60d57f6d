"""The security headers of every response (ASVS 3.4)."""

from collections.abc import Iterable, Sequence

from vestibule.http.config import HttpConfig
from vestibule.http.raw_headers import RawHeaders

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "object-src": "'none'",
    "frame-ancestors": "'none'",
}


def security_headers(config: HttpConfig) -> list[tuple[bytes, bytes]]:
    """Return the security headers of this deployment: stricter over HTTPS, and with frames in development."""
    policy = dict(_POLICY)
    if config.development:
        policy["frame-src"] = "'self'"  # the mailbox page shows an email's HTML in a sandboxed frame
    headers = [
        (b"content-security-policy", "; ".join(f"{k} {v}" for k, v in policy.items()).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"x-frame-options", b"DENY"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        (b"cache-control", b"no-store"),
        (b"vary", b"Origin"),
    ]
    if config.secure:
        headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))
    return headers


class Envelope:
    """Adds the security headers to responses. A response that sets one of them itself keeps its value."""

    def __init__(self, config: HttpConfig) -> None:
        self._pairs = security_headers(config)

    def missing(self, pairs: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """Return the security headers that a response with these headers lacks."""
        present = {name.lower() for name, _ in pairs}
        return [pair for pair in self._pairs if pair[0] not in present]

    def around(self, pairs: Sequence[tuple[bytes, bytes]]) -> RawHeaders:
        """Return these headers and the security headers they lack, for responses outside of EnvelopeMiddleware."""
        return RawHeaders([*pairs, *self.missing(pairs)])
