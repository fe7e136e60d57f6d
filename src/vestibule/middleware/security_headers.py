"""Security headers on every answer, errors included."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.http.edge import Edge

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


class SecurityHeadersMiddleware:
    """ASVS 3.4. A handler that sets one of these itself has its reason and keeps its value."""

    def __init__(self, app: ASGIApp, edge: Edge) -> None:
        self._app = app
        policy = dict(_POLICY)
        if edge.development:
            policy["frame-src"] = "'self'"  # the mailbox page shows a mail's HTML in a sandboxed frame
        self._headers = [
            (b"content-security-policy", "; ".join(f"{k} {v}" for k, v in policy.items()).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"DENY"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-opener-policy", b"same-origin"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
            (b"cache-control", b"no-store"),
        ]
        if edge.secure:
            self._headers.append((b"strict-transport-security", b"max-age=63072000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, adding what is missing."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                missing = [pair for pair in self._headers if pair[0] not in present]
                message["headers"] = [*message["headers"], *missing]
            await send(message)

        await self._app(scope, receive, send_with_headers)
