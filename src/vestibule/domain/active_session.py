"""What a session check finds: a session that counts, with what may be told about its user."""

from dataclasses import dataclass
from typing import NamedTuple

from vestibule.domain.instant import Duration, Instant
from vestibule.domain.session import Door


class ActiveSession(NamedTuple):
    """A row that passed every condition when it was read. Times are microseconds since 1970 UTC.

    A tuple, as one is made for every lookup.
    """

    id: str
    user_id: str
    kind: Door
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
    locale: str | None
    time_zone: str | None
    created_at: Instant
    last_login_at: Instant | None
    roles: tuple[str, ...]
    scopes: tuple[str, ...] = ()  # of an API key; a session has none

    @property
    def expires_at(self) -> Instant:
        """When it ends if nobody touches it any more."""
        return min(self.idle_expires_at, self.absolute_expires_at)


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """How much a worker remembers, and for how long without asking anew (microseconds). No bytes: no cache."""

    size: int
    max_age: Duration
    lease: Duration
    beat: Duration
