"""The result of a session check: an active session with the user data that a response may contain."""

from dataclasses import dataclass
from typing import NamedTuple

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.session import SessionType
from vestibule.domain.user import display_name


class ActiveSession(NamedTuple):
    """An active session joined with its user and roles: every condition held when the row was read.

    Times are microseconds since 1970 UTC. A tuple rather than a dataclass, because each lookup creates one.
    """

    id: str
    user_id: str
    type: SessionType
    amr: tuple[str, ...]
    aal: int
    authenticated_at: Instant
    last_seen_at: Instant
    idle_expires_at: Instant
    absolute_expires_at: Instant
    username: str
    email: str
    email_verified_at: Instant | None
    name: str | None
    first_name: str | None
    last_name: str | None
    locale: str | None
    time_zone: str | None
    profile: str
    created_at: Instant
    last_login_at: Instant | None
    roles: tuple[str, ...]
    scopes: tuple[str, ...] = ()  # of an API key; a session has none

    @property
    def display_name(self) -> str | None:
        """The name that others see, as that of a `User`."""
        return display_name(self.name, self.first_name, self.last_name)

    @property
    def expires_at(self) -> Instant:
        """When the session ends unless it is used again, in microseconds since 1970 UTC."""
        return min(self.idle_expires_at, self.absolute_expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class CachePolicy:
    """Size and times of a worker's session cache: `size` in bytes (0: no cache), times in microseconds.

    `max_age`: how long an entry may be used. `lease`: how long a worker may trust its cache without news from the
    database. `heartbeat`: how often it renews the lease. `poll`: how often it asks for revocations meanwhile, where it
    is not notified of them.
    """

    size: int
    max_age: Duration
    lease: Duration
    heartbeat: Duration
    poll: Duration
