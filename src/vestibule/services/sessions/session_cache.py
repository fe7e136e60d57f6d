"""The session cache of this worker: bounded, short-lived, and never older than the last revocation."""

import sys
from dataclasses import dataclass

from vestibule.domain.active_session import ActiveSession, CachePolicy
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.ports import Clock

# The size of an entry with its objects and its place in the table, but without its texts; bench/ measures the real one.
_FIXED_BYTES = 500
_MARKS = 10_000
_NO_MARK = (0, 0)


@dataclass(slots=True, eq=False)
class Entry:
    """A cached session. `key` is the digest under which it is cached. `version` and `began` (monotonic, microseconds)
    are from before it was looked up; `not_after` is the expiry of the credential itself (microseconds since 1970 UTC).
    `client_id`: the OAuth client whose introspection it is, else empty.

    What the fast path made of a session is its own (fastpath/encoded_answers.py): it goes by `key`, and by whether
    `session` is still the same object.
    """

    key: bytes
    session: ActiveSession
    version: int
    began: Duration
    not_after: Instant
    client_id: str = ""

    @property
    def size(self) -> int:
        """The approximate size in memory, in bytes."""
        held = self.session
        others = (held.name, held.first_name, held.last_name, held.profile)
        texts = (held.id, held.user_id, held.username, held.email, *filter(None, others), *held.roles)
        return _FIXED_BYTES + sum(sys.getsizeof(text) for text in texts)


@dataclass(frozen=True, slots=True)
class Lookup:
    """A marker that `begin` returns before the database is queried, and that `put` takes with the result. `began`:
    monotonic, in microseconds.
    """

    version: int
    began: Duration


class SessionCache:
    """Entries by digest of the credential. Revoking marks a user, session, API key or client with the next version
    number; an entry whose lookup began at an earlier version than a mark on it is never used, whenever it was stored.
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
        """The approximate size in memory, in bytes; never more than the policy allows."""
        return self._bytes

    def begin(self) -> Lookup:
        """Return the marker of a lookup that begins now: what is revoked from here on outdates its result."""
        return Lookup(self._version, self._clock.monotonic())

    def get(self, key: bytes, now: Instant) -> Entry | None:
        """Return the entry if it is neither expired at `now` (microseconds since 1970 UTC), too old nor revoked, else
        None. The caller has made sure that revocations are followed.
        """
        entry = self._entries.get(key)
        # Never looked up by this worker, or displaced by others since.
        if entry is None:
            return None
        session = entry.session
        if (
            # Both ends of the session, and the end of the credential: an access token expires before its session does.
            now < session.idle_expires_at
            and now < session.absolute_expires_at
            and now < entry.not_after
            # However good it looks, no entry is used for longer than this, by a clock that cannot be set back.
            and self._clock.monotonic() - entry.began < self._policy.max_age
            # The whole cache was not invalidated since its lookup began,
            and entry.version >= self._floor
            # nor were its user, session, API key or client revoked since.
            and not (self._marks and self._is_revoked(entry))
        ):
            return entry
        # An entry that fails one of them never becomes usable again.
        self._drop(key)
        return None

    def put(self, key: bytes, session: ActiveSession, lookup: Lookup, not_after: Instant, client_id: str = "") -> Entry:
        """Cache the session that a lookup found, and return its entry. A full cache drops its oldest ones.
        `not_after`: when the credential expires (microseconds since 1970 UTC).
        """
        entry = Entry(key, session, lookup.version, lookup.began, not_after, client_id)
        size = entry.size if self._policy.size else 1
        # The cache is switched off (a size of 0), or this entry is larger than all of it: it serves this request only.
        if size > self._policy.size:
            return entry
        self._drop(key)
        self._entries[key] = entry
        self._bytes += size
        while self._bytes > self._policy.size:
            self._drop(next(iter(self._entries)))
        return entry

    def touch(self, entry: Entry, now: Instant, idle_expires_at: Instant) -> None:
        """Store the times that this use of the session moves (microseconds since 1970 UTC) in its entry."""
        entry.session = entry.session._replace(last_seen_at=now, idle_expires_at=idle_expires_at)

    def revoke(self, subjects: frozenset[str]) -> None:
        """Invalidate everything cached about these users, sessions and API keys, and for these clients (ids)."""
        self._version += 1
        now = self._clock.monotonic()
        for subject in subjects:
            self._marks.pop(subject, None)
            self._marks[subject] = (self._version, now)
        self._forget_marks(now)

    def clear(self) -> None:
        """Invalidate everything that was looked up before now."""
        self._version += 1
        self._floor = self._version
        self._entries.clear()
        self._marks.clear()
        self._bytes = 0

    def _is_revoked(self, entry: Entry) -> bool:
        # A machine's API key has its client as its user, so that it ends with the client too.
        session, marks, version = entry.session, self._marks, entry.version
        return (
            version < marks.get(session.id, _NO_MARK)[0]
            or version < marks.get(session.user_id, _NO_MARK)[0]
            or version < marks.get(entry.client_id, _NO_MARK)[0]
        )

    def _forget_marks(self, now: Duration) -> None:
        """Drop marks that are not needed any more: every entry from before them is too old to be used."""
        # A mark that is dropped too early would revive what it revoked: too many of them empty the cache instead.
        if len(self._marks) > _MARKS:
            self.clear()
        while self._marks:
            subject, (_, made) = next(iter(self._marks.items()))
            # Marks are in the order of their making: all the others are younger.
            if now - made <= self._policy.max_age:
                return
            del self._marks[subject]

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
