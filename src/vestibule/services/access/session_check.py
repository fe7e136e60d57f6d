"""The session check: whether a credential is valid now, and to which session it belongs (ASVS 7.2.1, 7.3.1, 7.4.1)."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from vestibule.crypto import tokens
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.api_key import AMR
from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import MINUTE, NEVER, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.session import SessionType
from vestibule.repositories.sessions import CheckedBy
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.batches import Batches
from vestibule.services.sessions.cache_coherence import Coherence
from vestibule.services.sessions.session_cache import Entry, Lookup, SessionCache
from vestibule.services.sessions.session_touches import SessionTouches
from vestibule.services.tokens.access_tokens import AccessTokens

COOKIE, ACCESS_TOKEN, API_KEY, SESSION_ID = b"cookie ", b"bearer ", b"key ", b"session "
_KEY_TOUCHES: Duration = MINUTE
_Lookup = Callable[[str], Awaitable[ActiveSession | None]]
# A session, and when the credential itself expires (microseconds since 1970 UTC).
_Found = tuple[ActiveSession, Instant]
_Find = Callable[[str], Awaitable[_Found | None]]


@dataclass(frozen=True, slots=True)
class Checked:
    """The session of a valid credential. `touched`: this check extended the idle expiry."""

    entry: Entry
    touched: bool

    @property
    def session(self) -> ActiveSession:
        """The session, as of this check."""
        return self.entry.session


@dataclass(eq=False, repr=False)
class SessionCheck:
    """Checks credentials in the cache while it is current, else in the database; both apply every condition."""

    _database: Database
    _clock: Clock
    _hasher: TokenHasher
    _access_tokens: AccessTokens
    _cache: SessionCache
    coherence: Coherence
    _touches: SessionTouches
    _assurance: AssurancePolicy

    def __post_init__(self) -> None:
        self._by_hash, self._by_id = self._lookup(CheckedBy.HASH), self._lookup(CheckedBy.ID)

    def cached(self, kind: bytes, credential: str) -> Entry | None:
        """Return the cached entry for a credential, without I/O. None means not cached, not invalid.

        `kind`: COOKIE, ACCESS_TOKEN, API_KEY or SESSION_ID.
        """
        return self._cached(_digest(kind, credential))

    def cached_bearer(self, token: str) -> Entry | None:
        """Return the cached entry for an access token or API key, without I/O. None means not cached, not invalid."""
        return self.cached(API_KEY if tokens.is_shaped(tokens.API_KEY, token) else ACCESS_TOKEN, token)

    def cached_introspection(self, introspection_key: bytes) -> Entry | None:
        """Return the entry of an earlier introspection, without I/O, if everything that its response states still
        holds; else None.
        """
        return self._cached(introspection_key)

    async def by_cookie(self, secret: str) -> Checked | None:
        """Return the session of this session cookie; None when it is malformed, unknown, ended or expired."""
        return await self._check(COOKIE, secret, self._of_secret)

    async def by_access_token(self, access_token: str) -> Checked | None:
        """Return the session of this access token; None when it is malformed or expired, or the session ended."""
        return await self._check(ACCESS_TOKEN, access_token, self._of_access_token)

    async def by_api_key(self, key: str) -> Checked | None:
        """Return an API key in the form of a session; None when it is malformed, unknown, revoked or expired.

        Where a second factor is required, it was proved when the key was made.
        """
        return await self._check(API_KEY, key, self._of_api_key)

    async def by_bearer(self, token: str) -> Checked | None:
        """Return the session of this access token or API key; None when it is not valid."""
        is_key = tokens.is_shaped(tokens.API_KEY, token)
        return await self.by_api_key(token) if is_key else await self.by_access_token(token)

    async def by_session_id(self, session_id: str) -> Checked | None:
        """Return the session with this id, for a caller that has verified proof that the id was issued; None when it
        ended.
        """
        return await self._check(SESSION_ID, session_id, self._of_id)

    async def whole_user(self, session: ActiveSession, secret: str | None) -> Principal | None:
        """Return the user and session of a session that was checked, as rows of now. `secret`: that of its cookie.

        None when the session ended since, is another user's or of too low a level now, or its secret was replaced: the
        holder of the old secret must not be taken for the holder of the new one. None for an API key too.
        """
        now = self._clock.now()
        async with self._database.reading() as work:
            found = await work.sessions.find_active(session.id, now)
        # It ended since the check, or it is an API key, which has no row among the sessions.
        if found is None:
            return None
        held, user, roles = found
        # The cookie's secret was replaced since the check, by a step-up or a new password.
        if held.type is SessionType.COOKIE and held.token_hash not in self._hasher.hashes(tokens.SESSION, secret or ""):
            return None
        # Another user's row, or a second factor is demanded by now.
        if user.id != session.user_id or not self._assurance.accepts(held.aal, roles, now):
            return None
        return Principal(user, held, roles)

    def begin(self) -> Lookup:
        """Return the marker for `remember`; call this before looking up what the response is made of."""
        return self._cache.begin()

    @staticmethod
    def introspection_key(authorization: bytes, form: bytes) -> bytes:
        """Return the key under which an introspection is cached, from the client's credentials and the form."""
        return hashlib.sha256(b"introspect " + authorization + b"\n" + form).digest()

    def remember(
        self, introspection_key: bytes, session: ActiveSession, lookup: Lookup, not_after: Instant, client_id: str
    ) -> Entry:
        """Cache an introspection of this session by this client. It is valid until `not_after` (microseconds since 1970
        UTC), and no longer than the session.
        """
        return self._cache.put(introspection_key, session, lookup, not_after, client_id)

    def _cached(self, key: bytes) -> Entry | None:
        now = self._clock.now()
        # A cache that may lack a revocation is not used at all: the ordinary path brings it up to date first.
        entry = self._cache.get(key, now) if self.coherence.is_current() else None
        if entry is None:
            return None
        session = entry.session
        # The use of an API key is stored once a minute, which takes a database: the ordinary path does that.
        if session.amr == AMR:
            return entry if now - session.last_seen_at < _KEY_TOUCHES else None
        # A role or a date may demand a second factor since; and a due last use has to be collected first.
        usable = self._assurance.accepts(session.aal, session.roles, now) and not self._touches.are_due(session, now)
        return entry if usable else None

    async def _check(self, kind: bytes, credential: str, find: _Find) -> Checked | None:
        key, now = _digest(kind, credential), self._clock.now()
        entry = self._cache.get(key, now) if await self.coherence.holds() else None
        if entry is None:
            # Taken before the lookup: what is revoked while it runs outdates its result, also once that is cached.
            lookup = self._cache.begin()
            found = await find(credential)
            # Refusals are not cached: guessed credentials would displace those of users.
            if found is None:
                return None
            session, not_after = found
            entry = self._cache.put(key, session, lookup, not_after)
        # An API key is not asked for a level (a second factor was proved when it was made), and has no session's row.
        if entry.session.amr == AMR:
            await self._used(entry, now)
            return Checked(entry, touched=False)
        # A role or a date may demand a second factor that this session has not proved.
        if not self._assurance.accepts(entry.session.aal, entry.session.roles, now):
            return None
        idle_expires_at = await self._touches.seen(entry.session, now)
        if idle_expires_at is not None:
            self._cache.touch(entry, now, idle_expires_at)
        return Checked(entry, touched=idle_expires_at is not None)

    async def _of_secret(self, secret: str) -> _Found | None:
        for token_hash in self._hasher.hashes(tokens.SESSION, secret):
            if session := await self._by_hash(token_hash):
                return session, NEVER
        return None

    async def _of_access_token(self, access_token: str) -> _Found | None:
        claims = await self._access_tokens.verify(access_token)
        session = await self._by_id(claims.session_id) if claims else None
        # A signed token names its user too: it must not speak for another one's session.
        if claims is None or session is None or session.user_id != claims.user_id:
            return None
        return session, claims.expires_at

    async def _of_id(self, session_id: str) -> _Found | None:
        session = await self._by_id(session_id)
        return None if session is None else (session, NEVER)

    async def _of_api_key(self, key: str) -> _Found | None:
        newest, *older = self._hasher.hashes(tokens.API_KEY, key) or ("",)
        now = self._clock.now()
        async with self._database.reading() as work:
            if found := await work.api_keys.check(newest, now):
                return found, NEVER
        for key_hash in older:
            async with self._database.writing() as work:
                if found := await work.api_keys.check(key_hash, now):
                    # A key that is used while both master secrets are accepted outlives their rotation.
                    await work.api_keys.rehash(key_hash, newest)
                    return found, NEVER
        return None

    async def _used(self, entry: Entry, now: Instant) -> None:
        """Store the last use of an API key, at most once a minute. A database that cannot be written is no error."""
        if now - entry.session.last_seen_at < _KEY_TOUCHES:
            return
        self._cache.touch(entry, now, entry.session.idle_expires_at)
        with suppress(DatabaseUnavailable):
            async with self._database.writing() as work:
                await work.api_keys.touch(entry.session.id, now)

    def _lookup(self, by: CheckedBy) -> _Lookup:
        if self._database.is_across_a_network:
            return Batches(partial(self._ask, by)).add
        return partial(self._ask_one, by)

    async def _ask_one(self, by: CheckedBy, key: str) -> ActiveSession | None:
        return (await self._ask(by, [key]))[0]

    async def _ask(self, by: CheckedBy, keys: Sequence[str]) -> list[ActiveSession | None]:
        async with self._database.reading() as work:
            found = await work.sessions.check(by, keys, self._clock.now())
        return [found.get(key) for key in keys]


def _digest(kind: bytes, credential: str) -> bytes:
    """Return the cache key of a credential. It depends on the kind: a cookie's secret is no access token."""
    return hashlib.sha256(kind + credential.encode()).digest()
