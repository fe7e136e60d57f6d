"""Session caches of the tests' own, and sessions to put into them."""

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.instant import DAY, MINUTE, SECOND
from vestibule.domain.session import SessionType
from vestibule.services.sessions.session_cache import CachePolicy, SessionCache

NEVER = 1 << 62


def make_cache(clock, size=1_000_000):
    policy = CachePolicy(size=size, max_age=MINUTE, lease=2 * SECOND, heartbeat=SECOND, poll=SECOND)
    return SessionCache(clock, policy)


def session(clock, number=1, user=1) -> ActiveSession:
    now = clock.now()
    return ActiveSession(
        id=f"session_{number:026}", user_id=f"user_{user:026}", type=SessionType.COOKIE, amr=("pwd",), aal=1,
        authenticated_at=now, last_seen_at=now, idle_expires_at=now + 7 * DAY, absolute_expires_at=now + 30 * DAY,
        username=f"user{number}", email=f"user{number}@example.com", email_verified_at=None, name=f"User {number}",
        first_name=None, last_name=None, locale=None, time_zone=None, profile="{}", created_at=now, last_login_at=now,
        roles=(),
    )  # fmt: skip
