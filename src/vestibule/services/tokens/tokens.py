"""Token sessions: access tokens (JWT) and refresh tokens (opaque, single use, a family per session)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vestibule.crypto import jose, tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.api import Api
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidRefreshToken
from vestibule.domain.instant import SECOND, Instant, to_seconds
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason, Session
from vestibule.domain.token import (
    AccessClaims,
    AccessTokenClaims,
    RefreshToken,
    RotatedToken,
    Rotation,
    RotationTimes,
    TokenPair,
    TokenPolicy,
    is_complete,
)
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.batches import Batches
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.sessions import Sessions
from vestibule.services.tokens.signing_keys import SigningKeys

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 section 2.1

_OUR_OWN: Mapping[str, Any] = MappingProxyType({})
_Family = tuple[Session, User, tuple[str, ...]]


class Tokens:
    """Issues, refreshes and checks the tokens of token sessions."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        hasher: TokenHasher,
        sealer: Sealer,
        policy: TokenPolicy,
        keys: SigningKeys,
        sessions: Sessions,
        audit: AuditLog,
        notifications: Notifications,
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._hasher = hasher
        self._sealer = sealer
        self._policy = policy
        self._keys = keys
        self._sessions = sessions
        self._audit = audit
        self._notifications = notifications
        self._steps = Batches(self._rotate)
        # Stored beside each successor: the process whose clock set the time when its parent was used up.
        self._process = new_id("process", clock.now(), entropy)

    def first_refresh_token(self, session: Session) -> tuple[str, str, Instant]:
        """Create the root of a new token family. Returns its secret, its hash, and when it expires (microseconds since
        1970 UTC).
        """
        secret, hashed = self._new_secret()
        return secret, hashed, min(session.created_at + self._policy.refresh_idle, session.absolute_expires_at)

    async def pair(
        self, session: Session, user: User, roles: tuple[str, ...], refresh: str, expires: Instant
    ) -> TokenPair:
        """Sign an access token and return it with this refresh token. `expires`: when the latter expires."""
        return await self._pair(_claims_of(session, user, roles), refresh, expires, user)

    async def refresh(self, secret: str, device: Device) -> TokenPair | Denied:
        """Use up a refresh token for a new pair (RFC 9700 section 4.14.2). Denied: InvalidRefreshToken.

        Requests that lose a race get the winner's successor for a short grace. Any other reuse ends the family at once,
        is recorded, and the user gets an email about it.
        """
        hashed = await self._stored_hash(secret)
        if hashed is None:
            return Denied(InvalidRefreshToken(private="shape"))
        successor, step = self._draft(hashed, device)
        advanced = await self._steps.add(step)
        if advanced is None:
            return await self._refresh_held(step, successor, device)
        if not self._sessions.accepts(advanced.claims):
            return Denied(InvalidRefreshToken(private="a second factor is demanded now"))
        user = await self._user_of(advanced.claims) if self._policy.further_claims else None
        return await self._pair(advanced.claims, successor, advanced.expires_at, user)

    async def belongs(self, secret: str, session_id: str, user_id: str) -> bool:
        """Whether a refresh token, used up or not, is one of this active session of this user."""
        hashed = await self._stored_hash(secret)
        async with self._database.reading() as work:
            known = await work.refresh_tokens.find(hashed) if hashed else None
            family = await work.sessions.find_active(known.session_id, self._clock.now()) if known else None
        return family is not None and (family[0].id, family[1].id) == (session_id, user_id)

    async def _user_of(self, claims: AccessTokenClaims) -> User | None:
        async with self._database.reading() as work:
            return await work.users.find(claims.user_id)

    async def verify(self, access_token: str) -> AccessClaims | None:
        """Return what an access token for Vestibule states, if we signed it and it has not expired; else None. Its
        session may have ended.
        """
        claims = await self.claims(access_token, frozenset({self._policy.audience}))
        return AccessClaims(claims["sid"], claims["sub"], claims["exp"] * SECOND) if claims else None

    @property
    def own_audience(self) -> str:
        """The audience of access tokens for Vestibule itself."""
        return self._policy.audience

    async def claims(self, access_token: str, audiences: frozenset[str]) -> dict[str, Any] | None:
        """Return all claims of a valid access token for one of these audiences, else None. Its session may be over; a
        token for an API may have none.
        """
        try:
            verifier = await self._keys.verifier(jose.key_id(access_token))
            if verifier is None:
                return None
            now = to_seconds(self._clock.now())
            claims = verifier.verify(
                access_token, typ=ACCESS_TOKEN_TYPE, issuer=self._policy.issuer, audience=audiences, now=now
            )
        except jose.InvalidToken:
            return None
        return claims if is_complete(claims, self._policy.audience) else None

    async def for_api(self, principal: Principal, api: Api, scopes: tuple[str, ...]) -> tuple[str, int]:
        """Sign an access token for an API (RFC 9068 section 2.2). Returns it with its lifetime in seconds."""
        claims = _claims_of(principal.session, principal.user, principal.roles)
        about = {"aud": api.audience, "client_id": api.id, "scope": " ".join(scopes)}
        return await self._sign(claims, about)

    async def end_family(self, secret: str, device: Device) -> bool:
        """Sign out with a refresh token alone. Returns whether the token belonged to a live session."""
        hashed = await self._stored_hash(secret)
        now = self._clock.now()
        async with self._database.writing() as work:
            known = await work.refresh_tokens.find(hashed) if hashed else None
            family = await work.sessions.lock_active(known.session_id, now) if known else None
            if family is None:
                return False
            session, user, _ = family
            await work.sessions.end(session.id, user.id, EndReason.LOGOUT, now)
            await self._audit.record(work, Action.LOGOUT, device, subject=user.id, session=session.id)
        return True

    def _draft(self, hashed: str, device: Device) -> tuple[str, Rotation]:
        """Return a successor, and the rotation that would put it in this token's place."""
        successor, successor_hash = self._new_secret()
        sealed = self._sealer.seal(f"{successor} {self._process}", row=hashed)
        return successor, Rotation(hashed, successor_hash, sealed, self._audit.draft(device))

    def _rotation_times(self) -> RotationTimes:
        now = self._clock.now()
        return RotationTimes(
            now, now + self._policy.refresh_idle, now + self._sessions.policy.idle, Action.TOKEN_REFRESHED.value
        )

    async def _rotate(self, steps: Sequence[Rotation]) -> list[RotatedToken | None]:
        """Carry out all rotations in one statement; of two of the same token the second gets None."""
        distinct = {step.token_hash: step for step in reversed(steps)}
        async with self._database.autocommit() as work:
            taken = await work.families.rotate(list(distinct.values()), self._rotation_times())
        return [taken.get(step.token_hash) if distinct[step.token_hash] is step else None for step in steps]

    async def _refresh_held(self, step: Rotation, successor: str, device: Device) -> TokenPair | Denied:
        """Refresh a token that the batch did not rotate: it is locked, used before, expired, ended or unknown."""
        async with self._database.writing() as work:
            known = await work.refresh_tokens.find(step.token_hash)
            family = await work.sessions.lock_active(known.session_id, self._clock.now()) if known else None
            if family is None:
                return Denied(InvalidRefreshToken(private="unknown or ended"))
            # Now that the family is locked: rotate after all, or find out what was in the way.
            times = self._rotation_times()
            taken = await work.families.rotate([step], times, waiting=True)
            if advanced := taken.get(step.token_hash):
                return await self._pair(advanced.claims, successor, advanced.expires_at, family[1])
            held = await work.refresh_tokens.find(step.token_hash)
            given = await self._successor_in_grace(work, held, times.now) if held else None
            if held is None or given is None:
                return await self._refuse(work, held, family, device, times.now)
        return await self._pair(_claims_of(*family), *given, family[1])

    async def _pair(
        self, claims: AccessTokenClaims, refresh: str, expires: Instant, user: User | None = None
    ) -> TokenPair:
        """`user`: needed for the further claims alone."""
        further = {claim.name: claim.value(user, claims.roles) for claim in self._policy.further_claims if user}
        access, seconds = await self._sign(claims, further)
        return TokenPair(access, refresh, seconds, expires)

    async def _successor_in_grace(
        self, work: UnitOfWork, held: RefreshToken, now: Instant
    ) -> tuple[str, Instant] | None:
        if held.consumed_at is None or held.successor_hash is None or held.successor_sealed is None:
            return None
        child = await work.refresh_tokens.find(held.successor_hash)
        # Once the child was used, a client that still has the parent is a second holder, grace or not.
        if child is None or child.consumed_at is not None:
            return None
        try:
            successor, _, process = self._sealer.unseal(held.successor_sealed, row=held.token_hash).partition(" ")
        except CannotUnseal:
            return None
        own = process == self._process
        return (
            (successor, child.expires_at) if self._policy.is_lost_answer(held.consumed_at, now, own_clock=own) else None
        )

    async def _refuse(
        self, work: UnitOfWork, held: RefreshToken | None, family: _Family, device: Device, now: Instant
    ) -> Denied:
        if held is None or held.consumed_at is None:
            return Denied(InvalidRefreshToken(private="expired"))
        session, user, _ = family
        await work.sessions.end(session.id, user.id, EndReason.REFRESH_REUSE, now)
        await self._audit.record(work, Action.REFRESH_REUSED, device, subject=user.id, session=session.id)
        await self._notifications.refresh_reuse(work, user, device)
        return Denied(InvalidRefreshToken(private="reused: family ended"))

    async def _sign(self, session_claims: AccessTokenClaims, about: Mapping[str, Any] = _OUR_OWN) -> tuple[str, int]:
        """Sign an access token. Returns it with its lifetime in seconds, which never exceeds that of its session."""
        now = self._clock.now()
        issued, expires = to_seconds(now), to_seconds(min(now + self._policy.access_lifetime, session_claims.ends_at))
        claims: dict[str, Any] = {
            "iss": self._policy.issuer,
            "sub": session_claims.user_id,
            "aud": self._policy.audience,
            "exp": expires,
            "iat": issued,
            "jti": new_id("token", now, self._entropy),
            "sid": session_claims.session_id,
            "client_id": session_claims.client_id,
            "auth_time": to_seconds(session_claims.authenticated_at),
            "amr": list(session_claims.amr),
            "acr": f"aal{session_claims.aal}",
            "roles": list(session_claims.roles),
            **about,
        }
        if session_claims.status_index is not None:
            claims["status"] = self._policy.status.claim(session_claims.status_index)
        return (await self._keys.signer()).sign(claims, typ=ACCESS_TOKEN_TYPE), expires - issued

    async def _stored_hash(self, secret: str) -> str | None:
        """Return the hash under which this refresh token is stored; None for a text of another shape. Usually only one
        hash is possible; while the master secret is rotated the older one is looked up too.
        """
        newest, *older = self._hasher.hashes(tokens.REFRESH, secret) or (None,)
        if older:
            async with self._database.reading() as work:
                for hashed in older:
                    if await work.refresh_tokens.find(hashed):
                        return hashed
        return newest

    def _new_secret(self) -> tuple[str, str]:
        secret = self._hasher.new(tokens.REFRESH)
        return secret, self._hasher.digest(tokens.REFRESH, secret)


def _claims_of(session: Session, user: User, roles: tuple[str, ...]) -> AccessTokenClaims:
    return AccessTokenClaims(
        session.id,
        user.id,
        session.client_id,
        session.authenticated_at,
        session.amr,
        session.aal,
        roles,
        session.absolute_expires_at,
        session.status_index,
    )
