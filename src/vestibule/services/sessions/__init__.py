"""Sessions, the cache in front of them, and taking an account back for its owner."""

from dataclasses import dataclass

from vestibule.services.sessions.cache_coherence import Coherence
from vestibule.services.sessions.own_sessions import OwnSessions
from vestibule.services.sessions.session_cache import SessionCache
from vestibule.services.sessions.session_touches import SessionTouches
from vestibule.services.sessions.sessions import Sessions
from vestibule.services.sessions.take_back import TakeBack


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionServices:
    """The services of the sessions area; each attribute is named after its module."""

    cache_coherence: Coherence
    own_sessions: OwnSessions
    session_cache: SessionCache
    session_touches: SessionTouches
    sessions: Sessions
    take_back: TakeBack
