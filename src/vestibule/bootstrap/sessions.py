"""Builds the services of sessions."""

from vestibule.bootstrap import policies
from vestibule.bootstrap.foundation import Foundation
from vestibule.db.sqlite import SqliteEngine
from vestibule.services.records import RecordServices
from vestibule.services.sessions import SessionServices
from vestibule.services.sessions.cache_coherence import Coherence, FileCoherence, LeaseCoherence, NoCache
from vestibule.services.sessions.own_sessions import OwnSessions
from vestibule.services.sessions.revocation_sources import notified, polled
from vestibule.services.sessions.session_cache import SessionCache
from vestibule.services.sessions.session_touches import SessionTouches
from vestibule.services.sessions.sessions import Sessions, StatusIndexes
from vestibule.services.sessions.take_back import TakeBack


def session_services(base: Foundation, records: RecordServices) -> SessionServices:
    """Build the services of sessions. Each worker has a session cache of its own, which follows revocations."""
    database, clock, entropy = base.database, base.clock, base.entropy
    policy = policies.session_policy(base.settings)
    cache, touches, take_back = SessionCache(clock, base.cache), SessionTouches(database, policy), TakeBack(clock)
    return SessionServices(
        own_sessions=OwnSessions(database, clock, records.audit, touches, take_back, records.notifications),
        cache_coherence=_coherence(base, cache),
        session_cache=cache,
        session_touches=touches,
        sessions=Sessions(clock, entropy, base.keys.hasher, policy, StatusIndexes(database, entropy)),
        take_back=take_back,
    )


def _coherence(base: Foundation, cache: SessionCache) -> Coherence:
    engine = base.engine
    if not base.cache.size:
        return NoCache()
    if isinstance(engine, SqliteEngine):
        return FileCoherence(base.database, engine.data_version, cache)
    source = notified(engine.listening) if engine.notifies else polled(engine.polling, base.clock, base.cache.poll)
    return LeaseCoherence(base.database, source, cache, base.clock, base.entropy, base.cache)
