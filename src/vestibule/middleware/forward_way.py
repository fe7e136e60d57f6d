"""The short way of forward-auth: a yes that was said before is said again."""

from collections import deque
from functools import lru_cache
from typing import NamedTuple

from starlette.types import Scope

from vestibule.domain.access_rule import Requirement
from vestibule.domain.active_session import ActiveSession
from vestibule.http.cookies import Cookies
from vestibule.http.edge import Edge
from vestibule.http.forward_answers import passed
from vestibule.http.original_request import Usual, as_usual, is_short
from vestibule.middleware.envelope import Envelope
from vestibule.middleware.principal import BEARER
from vestibule.middleware.short_ways import Given, Known, Way
from vestibule.services.forward_auth import Asked, ForwardAuth, Question, Said
from vestibule.services.session_cache import Entry
from vestibule.services.session_check import COOKIE, SessionCheck

PATHS = ("/forward-auth", "/forward-auth/nginx")
_REMEMBERED = 2_000


class Questions:
    """What was asked about by proxies that are believed, by their address and the headers that tell it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Usual | None], Question] = {}

    def get(self, peer: str, given: Given) -> Question | None:
        """The one that these headers put, if it was put before."""
        return self._known.get((peer, as_usual(given)))

    def remember(
        self, peer: str, headers: list[tuple[bytes, bytes]], asked: Asked, requirement: Requirement | None
    ) -> None:
        """It was understood, the long way. One without a requirement is not clear."""
        given = dict(headers)
        usual = as_usual(given) if len(given) == len(headers) else None
        if usual is None or requirement is None or not is_short(usual):
            return
        self._known[peer, usual] = Question(asked, requirement)
        if len(self._known) > _REMEMBERED:
            self._known.pop(next(iter(self._known)))


class _Kept(NamedTuple):
    """The yes to a question about a session as it was then."""

    question: Question
    session: ActiveSession
    said: Said
    known: Known


class ForwardWay(Way):
    """A no, or a yes to somebody who has to be looked up, goes the long way."""

    method = "GET"
    route = PATHS[0]

    def __init__(
        self, questions: Questions, check: SessionCheck, forward_auth: ForwardAuth, cookies: Cookies, edge: Edge
    ) -> None:
        self._questions = questions
        self._check = check
        self._forward_auth = forward_auth
        self._cookies = cookies
        self._keepers: deque[Entry] = deque()
        envelope = Envelope(edge)
        # Made once for each verdict: every request to an application behind a proxy takes one.
        self._headers = lru_cache(_REMEMBERED)(lambda verdict: envelope.around(passed(verdict).pairs))

    def known(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """The same answer as before."""
        client = scope["client"]
        question = self._questions.get(client[0], given) if client and not form else None
        if question is None:
            return None
        cookie, authorization = given.get(b"cookie"), given.get(b"authorization")
        if cookie or authorization:
            entry = self._entry(cookie, authorization)
            return self._of(question, entry) if entry else None
        verdict = self._forward_auth.known_of_nobody(question)
        return None if verdict is None else Known(self._headers(verdict), b"")

    async def found(self, scope: Scope, given: Given, form: bytes) -> Known | None:
        """The same, once the cache has followed what happened meanwhile; who has to be looked up goes the long way."""
        return self.known(scope, given, form) if await self._check.coherence.holds() else None

    def _of(self, question: Question, entry: Entry) -> Known | None:
        """The answer is kept beside the session that it is about: nothing else has to be looked up."""
        kept: _Kept | None = entry.kept
        same = kept is not None and kept.question is question and kept.session is entry.session
        if kept is not None and same and self._forward_auth.holds(kept.said):
            return kept.known
        said = self._forward_auth.known(question, entry.session)
        if said is None:
            return None
        answer = Known(self._headers(said.passed), b"")
        entry.kept = _Kept(question, entry.session, said, answer)
        self._keepers.append(entry)
        if len(self._keepers) > _REMEMBERED:
            self._keepers.popleft().kept = None
        return answer

    def _entry(self, cookie: bytes | None, authorization: bytes | None) -> Entry | None:
        """What is known of the session; the same order as the long way's, which does not end with what is unknown."""
        cookies = self._cookies.read((cookie.decode("latin-1"),)) if cookie else {}
        if secret := cookies.get(self._cookies.session_name):
            return self._check.known(COOKIE, secret)
        if stamp := cookies.get(self._cookies.forward_name):
            return self._forward_auth.known_stamp(stamp)
        bearer = BEARER.match(authorization.decode("latin-1")) if authorization else None
        return self._check.known_bearer(bearer[1]) if bearer else None
