"""The session cache of this worker: bounded, short-lived, and never older than the last revocation."""

import sys
from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice

from vestibule.domain.active_session import ActiveSession, CachePolicy
from vestibule.domain.instant import Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.services.sessions.subject_index import SubjectIndex

# The size of an entry with its objects and its place in the table, but without its texts; bench/ measures the real one.
_FIXED_BYTES = 600
_MARKS = 10_000
# A full cache drops this part of its entries at once.
_SHARE = 64
_NO_MARK = (0, 0)


@dataclass(slots=True, eq=False)
class Entry:
    """A cached session. `key` is the digest under which it is cached. `began` (monotonic, microseconds) is from before
    it was looked up; `not_after` is the expiry of the credential itself (microseconds since 1970 UTC). `client_id`: the
    OAuth client whose introspection it is, else empty.

    What the fast path made of a session is its own (fastpath/encoded_answers.py): it goes by `key`, and by whether
    `session` is still the same object.
    """

    key: bytes
    session: ActiveSession
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

    @property
    def subjects(self) -> tuple[str, ...]:
        """The ids whose revocation ends it. A machine's API key has its client as its user, so that it ends with the
        client too.
        """
        ids = (self.session.id, self.session.user_id)
        return (*ids, self.client_id) if self.client_id else ids


@dataclass(frozen=True, slots=True)
class Lookup:
    """A marker that `begin` returns before the database is queried, and that `put` takes with the result. `began`:
    monotonic, in microseconds.
    """

    version: int
    began: Duration


class SessionCache:
    """Entries by digest of the credential. Revoking a user, session, API key or client removes its entries, and marks
    it with the next version number: the result of a lookup that began at an earlier version than a mark on it is not
    stored. So marks concern only lookups that are under way.
    """

    def __init__(self, clock: Clock, policy: CachePolicy) -> None:
        self._clock = clock
        self._policy = policy
        self._entries: dict[bytes, Entry] = {}
        self._bytes = 0
        self._index = SubjectIndex()
        self._marks: OrderedDict[str, tuple[int, Duration]] = OrderedDict()
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
        """Return the entry if it is neither revoked, expired at `now` (microseconds since 1970 UTC) nor too old, else
        None. The caller has made sure that revocations are followed.
        """
        entry = self._entries.get(key)
        # Never looked up by this worker, or revoked or displaced by others since.
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
        ):
            return entry
        # An entry that fails one of them never becomes usable again.
        self._drop(key)
        return None

    def put(self, key: bytes, session: ActiveSession, lookup: Lookup, not_after: Instant, client_id: str = "") -> Entry:
        """Cache the session that a lookup found, and return its entry. A full cache drops its oldest ones.
        `not_after`: when the credential expires (microseconds since 1970 UTC).
        """
        entry = Entry(key, session, lookup.began, not_after, client_id)
        size = entry.size if self._policy.size else 1
        # The cache is switched off (a size of 0), or this entry is larger than all of it, or what it states was revoked
        # while it was looked up: it serves this request only.
        if size > self._policy.size or self._is_outdated(lookup, entry):
            return entry
        self._drop(key)
        self._entries[key] = entry
        self._bytes += size
        for subject in entry.subjects:
            self._index.add(subject, key)
        while self._bytes > self._policy.size:
            self._drop_oldest()
        return entry

    def touch(self, entry: Entry, now: Instant, idle_expires_at: Instant) -> None:
        """Store the times that this use of the session moves (microseconds since 1970 UTC) in its entry."""
        entry.session = entry.session._replace(last_seen_at=now, idle_expires_at=idle_expires_at)

    def revoke(self, subjects: frozenset[str]) -> None:
        """Invalidate everything cached about these users, sessions and API keys, and for these clients (ids)."""
        self._version += 1
        now = self._clock.monotonic()
        for subject in subjects:
            for key in self._index.concerning(subject):
                self._drop(key)
            self._marks[subject] = (self._version, now)
            self._marks.move_to_end(subject)
        self._forget_marks(now)

    def clear(self) -> None:
        """Invalidate everything that was looked up before now."""
        self._version += 1
        self._floor = self._version
        self._entries.clear()
        self._index.clear()
        self._marks.clear()
        self._bytes = 0

    def _is_outdated(self, lookup: Lookup, entry: Entry) -> bool:
        """Return whether something was revoked since the lookup began that concerns its result, or may concern it."""
        version, marks = lookup.version, self._marks
        return version < self._floor or any(version < marks.get(subject, _NO_MARK)[0] for subject in entry.subjects)

    def _forget_marks(self, now: Duration) -> None:
        """Drop marks that are not needed any more: what was looked up before them is too old to be used."""
        while self._marks:
            subject, (version, made) = next(iter(self._marks.items()))
            # Marks are in the order of their making: all the others are younger.
            if now - made <= self._policy.max_age and len(self._marks) <= _MARKS:
                return
            # A mark that is dropped early no longer says whom it concerned: so no lookup from before it may be stored.
            # Lookups take milliseconds, and this many marks more than a second: there is hardly one.
            self._floor = max(self._floor, version)
            del self._marks[subject]

    def _drop_oldest(self) -> None:
        """Make room. Several entries at once, because to find the oldest a dictionary passes the places of all that
        were dropped before it.
        """
        for key in tuple(islice(self._entries, 1 + len(self._entries) // _SHARE)):
            self._drop(key)

    def _drop(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry.size
            for subject in entry.subjects:
                self._index.discard(subject, key)
