"""What this worker remembers about sessions: bounded, short-lived, and never older than the last revocation."""

import sys
from dataclasses import dataclass
from typing import Any

from vestibule.domain.active_session import ActiveSession, CachePolicy
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.ports import Clock

# An entry with its objects and its place in the table, beyond the texts in it; bench/ measures what it really is.
_FIXED_BYTES = 1100
_MARKS = 10_000


@dataclass(slots=True)
class Entry:
    """A remembered session. `began` and `version` are from before it was looked up; `not_after` is the credential's
    own end. `body` is the answer that was encoded for `route`; `kept` is what forward-auth keeps beside it.
    """

    session: ActiveSession
    version: int
    began: Duration
    not_after: Instant
    route: str = ""
    body: bytes = b""
    kept: Any = None

    @property
    def size(self) -> int:
        """Bytes in memory, roughly."""
        found = self.session
        texts = (found.id, found.user_id, found.username, found.email, found.name or "", *found.roles)
        return _FIXED_BYTES + sum(sys.getsizeof(text) for text in texts)


@dataclass(frozen=True, slots=True)
class Lookup:
    """Taken before the database is asked, handed back with what it said."""

    version: int
    began: Duration


class SessionCache:
    """Entries by digest of the credential. Revoking marks a user or a session with the next version number; an entry
    whose lookup began at an earlier version than the mark is never used, whenever it was stored.
    """

    def __init__(self, clock: Clock, policy: CachePolicy) -> None:
        self._clock = clock
        self._policy = policy
        self._entries: dict[bytes, Entry] = {}
        self._bytes = 0
        self._marks: dict[str, tuple[int, Duration]] = {}
        self._version = 0
        self._floor = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """Bytes in memory, roughly; never more than the policy allows."""
        return self._bytes

    def begin(self) -> Lookup:
        """Before a lookup: whatever is revoked from here on outdates what it will find."""
        return Lookup(self._version, self._clock.monotonic())

    def get(self, key: bytes, now: Instant) -> Entry | None:
        """An entry that nothing speaks against. The caller has made sure that revocations are followed."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        found = entry.session
        if (
            now < found.idle_expires_at
            and now < found.absolute_expires_at
            and now < entry.not_after
            and self._clock.monotonic() - entry.began < self._policy.max_age
            and entry.version >= self._floor
            and not (self._marks and self._is_revoked(entry))
        ):
            return entry
        self._drop(key)
        return None

    def put(self, key: bytes, session: ActiveSession, lookup: Lookup, not_after: Instant) -> Entry:
        """Remember what a lookup found, if there is room for anything at all."""
        entry = Entry(session, lookup.version, lookup.began, not_after)
        size = entry.size if self._policy.size else 1
        if size > self._policy.size:
            return entry
        self._drop(key)
        self._entries[key] = entry
        self._bytes += size
        while self._bytes > self._policy.size:
            self._drop(next(iter(self._entries)))
        return entry

    def touch(self, entry: Entry, now: Instant, idle_expires_at: Instant) -> None:
        """The session was used: the same entry with later times."""
        entry.session = entry.session._replace(last_seen_at=now, idle_expires_at=idle_expires_at)
        entry.route = ""

    def revoke(self, subjects: str) -> None:
        """What is remembered about these users and sessions (ids between blanks) is not true any more."""
        if "client_" in subjects:
            # Answers to a client are not found by its id; clients change so seldom that all may go.
            self.clear()
            return
        self._version += 1
        now = self._clock.monotonic()
        for subject in subjects.split():
            self._marks.pop(subject, None)
            self._marks[subject] = (self._version, now)
        self._forget_marks(now)

    def clear(self) -> None:
        """Nothing that was looked up before now is true any more."""
        self._version += 1
        self._floor = self._version
        self._entries.clear()
        self._marks.clear()
        self._bytes = 0

    def _is_revoked(self, entry: Entry) -> bool:
        nothing = (0, 0)
        by_session = self._marks.get(entry.session.id, nothing)[0]
        by_user = self._marks.get(entry.session.user_id, nothing)[0]
        return entry.version < by_session or entry.version < by_user

    def _forget_marks(self, now: Duration) -> None:
        """A mark has done its work when every entry from before it is too old to be used."""
        if len(self._marks) > _MARKS:
            self.clear()
        while self._marks:
            subject, (_, made) = next(iter(self._marks.items()))
            if now - made <= self._policy.max_age:
                return
            del self._marks[subject]

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
