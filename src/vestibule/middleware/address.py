"""Refuses requests for another host name, and paths that a proxy in front may have interpreted differently.

Another host name comes from DNS rebinding, a scanner, or a proxy that passes its own name on. A path is ambiguous when
it has an encoded slash, dot or backslash (ASVS 1.1.1, 4.2.1: an address is decoded once, and is served under one
spelling).
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.domain.errors import AmbiguousPath, UnknownHost
from vestibule.http.config import HttpConfig
from vestibule.http.host import Hosts

# Monitoring uses the IP address, so any host name is accepted here; none of these reveals anything about a user.
FOR_MONITORS = frozenset({"/health", "/health/ready", "/metrics"})
# What changes the structure of a path once it is decoded, or would be decoded again: / \\ . ; % and controls.
_ENCODED = re.compile(rb"%(2[fF]|5[cC]|2[eE]|3[bB]|25|[01][0-9a-fA-F]|7[fF])|\\")


class AddressMiddleware:
    """Passes on requests for our host names with unambiguous paths."""

    def __init__(self, app: ASGIApp, config: HttpConfig) -> None:
        self._app = app
        self._hosts = Hosts(config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request and pass it on. Raises UnknownHost or AmbiguousPath."""
        if scope["type"] == "http":
            self._check(scope)
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        if scope["path"] not in FOR_MONITORS and not self._hosts.accepts(scope["headers"]):
            raise UnknownHost
        if _ENCODED.search(scope.get("raw_path") or b""):
            raise AmbiguousPath
