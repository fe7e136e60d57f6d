"""The short way of introspection: an API that asks again about a token is answered from the cache.

Only a plain question (RFC 7662 section 2.1: a form, one client by HTTP Basic) whose very bytes were answered before, by
the long way, with "active". Whatever ends the session, the key or the client's secret ends the answer, in every worker.
"""

import re

from starlette.types import Scope

from vestibule.http.edge import Edge
from vestibule.http.host import Hosts
from vestibule.middleware.envelope import Envelope
from vestibule.middleware.short_ways import Given, Known, Way
from vestibule.services.session_check import SessionCheck

PATH = "/oauth/introspect"
_FORM = b"application/x-www-form-urlencoded"
_LENGTH = re.compile(rb"\d{1,4}\Z")
_PLAIN = frozenset({b"host", b"authorization", b"content-type", b"content-length", b"user-agent", b"accept",
                    b"accept-encoding", b"connection", b"x-request-id"})  # fmt: skip


class IntrospectionWay(Way):
    """What was asked and answered before."""

    method = "POST"
    route = PATH

    def __init__(self, check: SessionCheck, edge: Edge) -> None:
        self._check = check
        self._hosts = Hosts(edge)
        self._headers = Envelope(edge).around([(b"content-type", b"application/json")])

    def known(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """The same answer as before."""
        authorization, length = given.get(b"authorization"), given.get(b"content-length", b"")
        if authorization is None or scope["query_string"] or not _PLAIN.issuperset(given):
            return None
        whole = _LENGTH.match(length) and int(length) == len(form)
        plain = given.get(b"content-type") == _FORM and self._hosts.knows(given.get(b"host", b""))
        body = self._check.known_answer(self._check.question(authorization, form)) if whole and plain else None
        return None if body is None else Known(self._headers, body)

    async def found(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """The same, once the cache has followed what happened meanwhile."""
        return self.known(scope, given, form) if await self._check.coherence.holds() else None
