"""Requests that were not meant for us, or whose address a proxy in front may have judged differently than we would.

A rebound DNS name, a scanner, a proxy that passes on a name of its own; an encoded slash, dot or backslash in the path
(ASVS 1.1.1, 4.2.1: an address is decoded once, and is served under one spelling).
"""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.domain.errors import AmbiguousPath, UnknownHost
from vestibule.http.edge import Edge
from vestibule.http.host import Hosts

# Whoever watches over us asks by address; neither says anything about anybody.
_FOR_MONITORS = frozenset({"/health", "/health/ready", "/metrics"})
# What changes the structure of a path once it is decoded, or would be decoded again: / \\ . ; % and controls.
_ENCODED = re.compile(rb"%(2[fF]|5[cC]|2[eE]|3[bB]|25|[01][0-9a-fA-F]|7[fF])|\\")


class AddressMiddleware:
    """Passes on what was meant for us."""

    def __init__(self, app: ASGIApp, edge: Edge) -> None:
        self._app = app
        self._hosts = Hosts(edge)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on. Raises UnknownHost or AmbiguousPath."""
        if scope["type"] == "http":
            self._check(scope)
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        if scope["path"] not in _FOR_MONITORS and not self._hosts.accepts(scope["headers"]):
            raise UnknownHost
        if _ENCODED.search(scope.get("raw_path") or b""):
            raise AmbiguousPath
