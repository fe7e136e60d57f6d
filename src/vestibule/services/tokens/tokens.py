"""Token sessions: an access token (JWT) and refresh tokens (opaque, single use, a family per session)."""

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidRefreshToken
from vestibule.domain.instant import Instant
from vestibule.domain.ports import Clock
from vestibule.domain.session import EndReason, Session
from vestibule.domain.token import (
    AccessTokenClaims,
    RefreshToken,
    RotatedToken,
    Rotation,
    RotationTimes,
    TokenPair,
    TokenPolicy,
)
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.batches import Batches
from vestibule.services.records.notifications import Notifications
from vestibule.services.tokens.access_tokens import AccessTokens, claims_of
from vestibule.services.tokens.refresh_secrets import RefreshSecrets

_Family = tuple[Session, User, tuple[str, ...]]


@dataclass(eq=False, repr=False)
class Tokens:
    """Issues and refreshes the tokens of token sessions, and ends a session by its refresh token."""

    _database: Database
    _clock: Clock
    _secrets: RefreshSecrets
    _access: AccessTokens
    _policy: TokenPolicy
    _assurance: AssurancePolicy
    _audit: AuditLog
    _notifications: Notifications

    def __post_init__(self) -> None:
        self._steps = Batches(self._rotate)

    def first_refresh_token(self, session: Session) -> tuple[str, str, Instant]:
        """Create the root of a new token family. Returns its secret, its hash, and when it expires (microseconds since
        1970 UTC).
        """
        secret, hashed = self._secrets.new()
        return secret, hashed, min(session.created_at + self._policy.refresh_idle, session.absolute_expires_at)

    async def pair(self, claims: AccessTokenClaims, refresh: str, expires: Instant, user: User | None) -> TokenPair:
        """Sign an access token with these claims and return it with this refresh token. `expires`: when the latter
        expires (microseconds since 1970 UTC). `user`: needed for the further claims alone.
        """
        access, seconds = await self._access.for_session(claims, user)
        return TokenPair(access, refresh, seconds, expires)

    async def refresh(self, secret: str, device: Device) -> TokenPair | Denied:
        """Use up a refresh token for a new pair (RFC 9700 section 4.14.2). Denied: InvalidRefreshToken.

        Requests that lose a race get the winner's successor for a short grace. Any other reuse ends the family at once,
        is recorded, and the user gets an email about it.
        """
        hashed = await self._stored_hash(secret)
        # No refresh token has this form: nothing is looked up.
        if hashed is None:
            return Denied(InvalidRefreshToken(private="shape"))
        successor, successor_hash = self._secrets.new()
        step = Rotation(hashed, successor_hash, self._secrets.seal(successor, hashed), self._audit.draft(device))
        rotated = await self._steps.add(step)
        # Locked by another request, used before, expired, ended or unknown: which one, only the family's lock can tell.
        if rotated is None:
            return await self._refresh_held(step, successor, device)
        user = None
        if self._policy.further_claims:
            async with self._database.reading() as work:
                user = await work.users.find(rotated.claims.user_id)
        return await self._accepted(rotated.claims, successor, rotated.expires_at, user)

    async def belongs(self, secret: str, session_id: str, user_id: str) -> bool:
        """Whether a refresh token, used up or not, is one of this active session of this user."""
        hashed = await self._stored_hash(secret)
        async with self._database.reading() as work:
            known = await work.refresh_tokens.find(hashed) if hashed else None
            family = await work.sessions.find_active(known.session_id, self._clock.now()) if known else None
        return family is not None and (family[0].id, family[1].id) == (session_id, user_id)

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

    def _rotation_times(self) -> RotationTimes:
        now = self._clock.now()
        return RotationTimes(
            now, now + self._policy.refresh_idle, now + self._policy.session_idle, Action.TOKEN_REFRESHED.value
        )

    async def _rotate(self, steps: Sequence[Rotation]) -> list[RotatedToken | None]:
        """Carry out all rotations in one statement; of two of the same token the second gets None."""
        distinct = {step.token_hash: step for step in reversed(steps)}
        async with self._database.autocommit() as work:
            rotated = await work.families.rotate(list(distinct.values()), self._rotation_times())
        return [rotated.get(step.token_hash) if distinct[step.token_hash] is step else None for step in steps]

    async def _refresh_held(self, step: Rotation, successor: str, device: Device) -> TokenPair | Denied:
        """Refresh a token that the batch did not rotate: it is locked, used before, expired, ended or unknown."""
        async with self._database.writing() as work:
            known = await work.refresh_tokens.find(step.token_hash)
            family = await work.sessions.lock_active(known.session_id, self._clock.now()) if known else None
            # No such token, or its session ended, also by a reuse: there is no family left to end.
            if family is None:
                return Denied(InvalidRefreshToken(private="unknown or ended"))
            times = self._rotation_times()
            # Nothing else can use the family now that its session is locked: this try decides.
            rotated = (await work.families.rotate([step], times, waiting=True)).get(step.token_hash)
            # The lock was all that was in the way: this request is the one that uses the token up.
            if rotated is not None:
                return await self._accepted(rotated.claims, successor, rotated.expires_at, family[1])
            held = await work.refresh_tokens.find(step.token_hash)
            in_grace = await self._successor_in_grace(work, held, times.now) if held else None
            # Used up, and not by a client that lost the answer a moment ago: perhaps by a thief.
            if held is None or in_grace is None:
                return await self._refuse(work, held, family, device, times.now)
        return await self._accepted(claims_of(*family), *in_grace, family[1])

    async def _accepted(
        self, claims: AccessTokenClaims, refresh: str, expires: Instant, user: User | None
    ) -> TokenPair | Denied:
        # A role or a date may demand a second factor by now that the session has not proved. The successor is not given
        # out then, by whichever way it came: verifiers that work offline would accept the access token beside it.
        if not self._assurance.accepts(claims.aal, claims.roles, self._clock.now()):
            return Denied(InvalidRefreshToken(private="a second factor is demanded now"))
        return await self.pair(claims, refresh, expires, user)

    async def _successor_in_grace(
        self, work: UnitOfWork, held: RefreshToken, now: Instant
    ) -> tuple[str, Instant] | None:
        """Return the secret and the expiry of the token that replaced this one, if the client may still get it."""
        # Not used up, so it has no successor; or so long ago that cleanup has removed the sealed text.
        if held.consumed_at is None or held.successor_hash is None or held.successor_sealed is None:
            return None
        child = await work.refresh_tokens.find(held.successor_hash)
        # Once the child was used, a client that still has the parent is a second holder, grace or not.
        if child is None or child.consumed_at is not None:
            return None
        unsealed = self._secrets.unseal(held.successor_sealed, held.token_hash)
        # Sealed under a secret that is no longer accepted, or the grace is over: no answer was lost this late.
        if unsealed is None or not self._policy.is_lost_answer(held.consumed_at, now, own_clock=unsealed[1]):
            return None
        return unsealed[0], child.expires_at

    async def _refuse(
        self, work: UnitOfWork, held: RefreshToken | None, family: _Family, device: Device, now: Instant
    ) -> Denied:
        # Never used: it only expired, which proves no theft, and the session's own end comes without our help.
        if held is None or held.consumed_at is None:
            return Denied(InvalidRefreshToken(private="expired"))
        session, user, _ = family
        await work.sessions.end(session.id, user.id, EndReason.REFRESH_REUSE, now)
        await self._audit.record(work, Action.REFRESH_REUSED, device, subject=user.id, session=session.id)
        await self._notifications.refresh_reuse(work, user, device)
        return Denied(InvalidRefreshToken(private="reused: family ended"))

    async def _stored_hash(self, secret: str) -> str | None:
        """Return the hash under which this refresh token is stored; None for a text of another shape. Usually only one
        hash is possible; while the master secret is rotated the older one is looked up too.
        """
        newest, *older = self._secrets.hashes(secret) or (None,)
        if older:
            async with self._database.reading() as work:
                for hashed in older:
                    if await work.refresh_tokens.find(hashed):
                        return hashed
        return newest
