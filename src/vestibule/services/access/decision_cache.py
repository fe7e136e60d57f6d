"""The cache of forward-auth's allow decisions, beside the session cache; denials are decided anew each time."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from vestibule.domain.access_rule import Requirement
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.instant import MINUTE, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.services.access.forward_auth import Allowed, ForwardAuth

Answer = TypeVar("Answer")

_MOST = 2_000
_LONGEST_TOKEN = 4_096
_FRESH: Duration = MINUTE


@dataclass(slots=True)
class _Signed(Generic[Answer]):
    """An answer that names the user of a session, valid until its token is no longer fresh enough."""

    session: ActiveSession
    answer: Answer
    until: Instant


class DecisionCache(Generic[Answer]):
    """Repeats an allow decision in two lookups, one for the request and one for the session.

    What the rule of a request requires is cached by the caller's key, and every session is held against it anew: a page
    that one user opened costs the next one no rule. Rules do not change while the process runs. The encoded answer to a
    session is cached by origin, whatever the path, because one signature serves a minute of its requests there.
    Both tables are bounded, and the oldest entry is dropped first.
    """

    def __init__(
        self, forward_auth: ForwardAuth, clock: Clock, encode: Callable[[ActiveSession | None, str], Answer]
    ) -> None:
        self._forward_auth = forward_auth
        self._clock = clock
        self._encode = encode
        self._anonymous = encode(None, "")
        self._requests: dict[Hashable, tuple[str, Requirement]] = {}
        self._answers: dict[tuple[str, str], _Signed[Answer]] = {}

    def remember(self, key: Hashable, allowed: Allowed) -> None:
        """Cache what the request with this key requires. `key`: all that the request's rule and origin depend on."""
        self._requests[key] = allowed.origin, allowed.requirement
        if len(self._requests) > _MOST:
            del self._requests[next(iter(self._requests))]

    def cached(self, key: Hashable, session: ActiveSession | None) -> Answer | None:
        """Return the answer to a request that was allowed before, to any session, if this one (None: no
        credentials) meets its requirement; without I/O. None means not cached, not denied.
        """
        found = self._requests.get(key)
        # The requirement is not known, or this session does not meet it: denials are decided anew each time.
        if found is None or found[1].unmet(session) is not None:
            return None
        origin = found[0]
        # The rule allows anonymous requests, and this is one: the answer names no user.
        if session is None:
            return self._anonymous
        answer = self._fresh(origin, session)
        # Signing takes no I/O while the key is cached; otherwise the ordinary path reads it.
        if answer is None and (token := self._forward_auth.token_at_once(origin, session)):
            return self._signed(origin, session, token)
        return answer

    async def answer(self, allowed: Allowed) -> Answer:
        """Return the answer to a request that is allowed. Raises Unavailable when no key can sign."""
        origin, session = allowed.origin, allowed.session
        # An anonymous request is allowed here: the answer names no user.
        if session is None:
            return self._anonymous
        answer = self._fresh(origin, session)
        return answer or self._signed(origin, session, await self._forward_auth.token(origin, session))

    def _fresh(self, origin: str, session: ActiveSession) -> Answer | None:
        """Return the cached answer to this session at this origin; None when its token is no longer fresh, or states
        something about the session that has changed.
        """
        found = self._answers.get((session.id, origin))
        # Nothing was signed for this session and origin, or so long ago that its token expires soon.
        if found is None or self._clock.now() >= found.until:
            return None
        if found.session is not session:
            # The user's name, roles or assurance changed: the application must not read the old ones.
            if not _has_same_claims(found.session, session):
                return None
            found.session = session
        return found.answer

    def _signed(self, origin: str, session: ActiveSession, token: str) -> Answer:
        answer, key = self._encode(session, token), (session.id, origin)
        self._answers.pop(key, None)
        # Long names and roles are not cached: users who have them must not fill the memory.
        if len(token) <= _LONGEST_TOKEN:
            self._answers[key] = _Signed(session, answer, self._clock.now() + _FRESH)
        if len(self._answers) > _MOST:
            del self._answers[next(iter(self._answers))]
        return answer


def _has_same_claims(one: ActiveSession, other: ActiveSession) -> bool:
    """Return whether nothing changed that the signed token states."""
    return one == other._replace(last_seen_at=one.last_seen_at, idle_expires_at=one.idle_expires_at)
