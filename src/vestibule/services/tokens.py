"""The token door: access tokens (JWT) and refresh tokens (opaque, single use, a family per session)."""

from typing import Any

from vestibule.crypto import jose, tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidRefreshToken
from vestibule.domain.instant import SECOND, Instant, to_seconds
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason, Session
from vestibule.domain.token import RefreshToken, TokenPair, TokenPolicy
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.notifications import Notifications
from vestibule.services.sessions import Sessions
from vestibule.services.signing_keys import SigningKeys

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 section 2.1

_Family = tuple[Session, User, tuple[str, ...]]


class Tokens:
    """Issues, refreshes and checks what the token door hands out."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, hasher: TokenHasher, sealer: Sealer,
        policy: TokenPolicy, keys: SigningKeys, sessions: Sessions, audit: AuditLog, notifications: Notifications,
    ) -> None:  # fmt: skip
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

    async def first_refresh_token(self, work: UnitOfWork, session: Session) -> tuple[str, Instant]:
        """The root of a new family, and when it expires."""
        secret, hashed = self._new_secret()
        now = self._clock.now()
        expires = min(now + self._policy.refresh_idle, session.absolute_expires_at)
        await work.refresh_tokens.add(hashed, session.id, now, expires)
        return secret, expires

    async def pair(
        self, session: Session, user: User, roles: tuple[str, ...], refresh: str, expires: Instant
    ) -> TokenPair:
        """A signed access token beside this refresh token."""
        access = await self._sign(session, user, roles)
        return TokenPair(access, refresh, self._policy.access_lifetime // SECOND, expires)

    async def refresh(self, secret: str, device: Device) -> TokenPair | Denied:
        """Use up a refresh token for a new pair (RFC 9700 section 4.14.2).

        Losers of a race get the winner's successor for a short grace. Any other reuse ends the family at once,
        is recorded, and is told to the user.
        """
        hashed = self._hasher.hash(tokens.REFRESH, secret)
        if hashed is None:
            return Denied(InvalidRefreshToken(private="shape"))
        now = self._clock.now()
        async with self._database.writing() as work:
            known = await work.refresh_tokens.find(hashed)
            family = await work.sessions.lock_active(known.session_id, now) if known else None
            if known is None or family is None:
                return Denied(InvalidRefreshToken(private="unknown or ended"))
            # Read again: the lock may have been waited for while another request moved the family on.
            held = await work.refresh_tokens.find(hashed)
            successor = await self._advance(work, held or known, family, now)
            if successor is None:
                return await self._refuse(work, held or known, family, device, now)
        return await self.pair(*family, *successor)

    async def authenticate(self, access_token: str) -> Principal | None:
        """Who holds this access token; None when it is malformed, expired, or its session ended."""
        try:
            verifier = await self._keys.verifier(jose.key_id(access_token))
            if verifier is None:
                return None
            claims = verifier.verify(
                access_token,
                typ=ACCESS_TOKEN_TYPE,
                issuer=self._policy.issuer,
                audience=self._policy.audience,
                now=to_seconds(self._clock.now()),
            )
        except jose.InvalidToken:
            return None
        return await self._sessions.authenticate_by_id(claims["sid"], claims["sub"])

    async def end_family(self, secret: str, device: Device) -> bool:
        """Sign out with a refresh token alone; whether it named a live session."""
        hashed = self._hasher.hash(tokens.REFRESH, secret)
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

    async def _advance(
        self, work: UnitOfWork, held: RefreshToken, family: _Family, now: Instant
    ) -> tuple[str, Instant] | None:
        """The successor and its expiry; None when this token may not be used."""
        if held.consumed_at is not None:
            return await self._successor_in_grace(work, held, now)
        session = family[0]
        successor, successor_hash = self._new_secret()
        sealed = self._sealer.seal(successor, row=held.token_hash)
        if not await work.refresh_tokens.consume(held.token_hash, successor_hash, sealed, now):
            return None
        expires = min(now + self._policy.refresh_idle, session.absolute_expires_at)
        await work.refresh_tokens.add(successor_hash, session.id, now, expires)
        idle = min(now + self._sessions.policy.idle, session.absolute_expires_at)
        await work.sessions.touch(session.id, now, idle, now)
        return successor, expires

    async def _successor_in_grace(
        self, work: UnitOfWork, held: RefreshToken, now: Instant
    ) -> tuple[str, Instant] | None:
        if held.consumed_at is None or held.successor_hash is None or held.successor_sealed is None:
            return None
        child = await work.refresh_tokens.find(held.successor_hash)
        # Once the child was used, somebody who still holds the parent is a second holder, grace or not.
        if now - held.consumed_at > self._policy.reuse_grace or child is None or child.consumed_at is not None:
            return None
        try:
            return self._sealer.unseal(held.successor_sealed, row=held.token_hash), child.expires_at
        except CannotUnseal:
            return None

    async def _refuse(
        self, work: UnitOfWork, held: RefreshToken, family: _Family, device: Device, now: Instant
    ) -> Denied:
        if held.consumed_at is None:
            return Denied(InvalidRefreshToken(private="expired"))
        session, user, _ = family
        await work.sessions.end(session.id, user.id, EndReason.REFRESH_REUSE, now)
        await self._audit.record(work, Action.REFRESH_REUSED, device, subject=user.id, session=session.id)
        facts = self._notifications.facts(device)
        await self._notifications.queue(work, self._notifications.messages.refresh_reuse(user, facts))
        return Denied(InvalidRefreshToken(private="reused: family ended"))

    async def _sign(self, session: Session, user: User, roles: tuple[str, ...]) -> str:
        now = self._clock.now()
        claims: dict[str, Any] = {
            "iss": self._policy.issuer,
            "sub": user.id,
            "aud": self._policy.audience,
            "exp": to_seconds(now + self._policy.access_lifetime),
            "iat": to_seconds(now),
            "jti": new_id("token", now, self._entropy),
            "sid": session.id,
            "client_id": session.client_id,
            "auth_time": to_seconds(session.authenticated_at),
            "amr": list(session.amr),
            "acr": f"aal{session.aal}",
            "roles": list(roles),
        }
        return (await self._keys.signer()).sign(claims, typ=ACCESS_TOKEN_TYPE)

    def _new_secret(self) -> tuple[str, str]:
        secret = self._hasher.new(tokens.REFRESH)
        return secret, self._hasher.digest(tokens.REFRESH, secret)
