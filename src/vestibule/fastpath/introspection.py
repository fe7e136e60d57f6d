"""The fast path of introspection: a repeated request about the same token is answered from the cache.

Serves a plain request (RFC 7662 section 2.1: a form, one client by HTTP Basic) if the ordinary route answered the same
bytes with "active" before. The end of the session, the API key or the client's secret also ends the cached answer, in
every worker.
"""

import re

from starlette.types import Scope

from vestibule.fastpath.answers import CachedAnswer, FastRoute, Headers
from vestibule.fastpath.encoded_answers import EncodedAnswers
from vestibule.http.config import HttpConfig
from vestibule.http.host import Hosts
from vestibule.http.security_headers import Envelope
from vestibule.services.access.session_check import SessionCheck

PATH = "/oauth/introspect"
_FORM = b"application/x-www-form-urlencoded"
_LENGTH = re.compile(rb"\d{1,4}\Z")
_PLAIN = frozenset(
    {
        b"host",
        b"authorization",
        b"content-type",
        b"content-length",
        b"user-agent",
        b"accept",
        b"accept-encoding",
        b"connection",
        b"x-request-id",
    }
)


class FastIntrospection(FastRoute):
    """Repeats cached answers to byte-identical introspection requests."""

    method = "POST"
    route = PATH

    def __init__(self, check: SessionCheck, answers: EncodedAnswers, config: HttpConfig) -> None:
        self._check = check
        self._answers = answers
        self._hosts = Hosts(config)
        self._headers = Envelope(config).around([(b"content-type", b"application/json")])

    def cached(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """Return the cached answer, without I/O. None means not cached, not inactive."""
        authorization, length = headers.get(b"authorization"), headers.get(b"content-length", b"")
        # Any further header (an Origin, an encoding, an upgrade) could change what the ordinary route answers.
        if authorization is None or scope["query_string"] or not _PLAIN.issuperset(headers):
            return None
        whole = _LENGTH.match(length) and int(length) == len(form)
        plain = headers.get(b"content-type") == _FORM and self._hosts.knows(headers.get(b"host", b""))
        # A body that has not arrived whole, another media type, or another host name is for the ordinary route.
        if not whole or not plain:
            return None
        entry = self._check.cached_introspection(self._check.introspection_key(authorization, form))
        answer = self._answers.get(entry, PATH) if entry else None
        return CachedAnswer(self._headers, answer.body) if answer else None

    async def fetch(self, scope: Scope, headers: Headers, form: bytes) -> CachedAnswer | None:
        """As `cached`, once the cache has caught up with revocations."""
        return self.cached(scope, headers, form) if await self._check.coherence.holds() else None
