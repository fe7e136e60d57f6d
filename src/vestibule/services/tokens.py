"""The token door: access tokens (JWT) and refresh tokens (opaque, single use, a family per session)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from vestibule.crypto import jose, tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.audit import Action
from vestibule.domain.client import Client
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidRefreshToken
from vestibule.domain.instant import SECOND, Instant, to_seconds
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason, Session
from vestibule.domain.token import (
    AccessClaims,
    Advanced,
    FamilyStep,
    Grant,
    RefreshToken,
    StepTimes,
    TokenPair,
    TokenPolicy,
)
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.batches import Batches
from vestibule.services.notifications import Notifications
from vestibule.services.sessions import Sessions
from vestibule.services.signing_keys import SigningKeys

ACCESS_TOKEN_TYPE = "at+jwt"  # noqa: S105 - RFC 9068 section 2.1

_OUR_OWN: Mapping[str, Any] = MappingProxyType({})
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
        self._steps = Batches(self._advance)
        # Kept beside each successor: whose clock said when its parent was used up.
        self._process = new_id("process", clock.now(), entropy)

    def first_refresh_token(self, session: Session) -> tuple[str, str, Instant]:
        """The root of a new family: the secret, its hash, and when it expires."""
        secret, hashed = self._new_secret()
        return secret, hashed, min(session.created_at + self._policy.refresh_idle, session.absolute_expires_at)

    async def pair(
        self, session: Session, user: User, roles: tuple[str, ...], refresh: str, expires: Instant
    ) -> TokenPair:
        """A signed access token beside this refresh token."""
        return await self._pair(_grant(session, user, roles), refresh, expires)

    async def refresh(self, secret: str, device: Device) -> TokenPair | Denied:
        """Use up a refresh token for a new pair (RFC 9700 section 4.14.2).

        Losers of a race get the winner's successor for a short grace. Any other reuse ends the family at once,
        is recorded, and is told to the user.
        """
        hashed = await self._stored_hash(secret)
        if hashed is None:
            return Denied(InvalidRefreshToken(private="shape"))
        successor, step = self._draft(hashed, device)
        advanced = await self._steps.add(step)
        if advanced is None:
            return await self._refresh_held(step, successor, device)
        if not self._sessions.accepts(advanced.grant):
            return Denied(InvalidRefreshToken(private="a second factor is demanded now"))
        return await self._pair(advanced.grant, successor, advanced.expires_at)

    async def authenticate(self, access_token: str) -> Principal | None:
        """Who holds this access token; None when it is malformed, expired, or its session ended."""
        claims = await self.verify(access_token)
        return None if claims is None else await self._sessions.authenticate_by_id(claims.session_id, claims.user_id)

    async def verify(self, access_token: str) -> AccessClaims | None:
        """What the token says, if we signed it and its time is not over; its session may have ended."""
        claims = await self.claims(access_token, frozenset({self._policy.audience}))
        return AccessClaims(claims["sid"], claims["sub"], claims["exp"] * SECOND) if claims else None

    @property
    def own_audience(self) -> str:
        """The audience of access tokens for Vestibule itself."""
        return self._policy.audience

    async def claims(self, access_token: str, audiences: frozenset[str]) -> dict[str, Any] | None:
        """Everything the token says, if it is for one of these audiences; its session may have ended."""
        try:
            verifier = await self._keys.verifier(jose.key_id(access_token))
            if verifier is None:
                return None
            return verifier.verify(
                access_token,
                typ=ACCESS_TOKEN_TYPE,
                issuer=self._policy.issuer,
                audience=audiences,
                now=to_seconds(self._clock.now()),
            )
        except jose.InvalidToken:
            return None

    async def for_api(self, principal: Principal, api: Client, scopes: tuple[str, ...]) -> tuple[str, int]:
        """An access token for an API (RFC 9068 section 2.2), and its life in seconds."""
        grant = _grant(principal.session, principal.user, principal.roles)
        about = {"aud": api.audience, "client_id": api.id, "scope": " ".join(scopes)}
        return await self._sign(grant, about)

    async def end_family(self, secret: str, device: Device) -> bool:
        """Sign out with a refresh token alone; whether it named a live session."""
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

    def _draft(self, hashed: str, device: Device) -> tuple[str, FamilyStep]:
        """A successor, and the step that would put it in this token's place."""
        successor, successor_hash = self._new_secret()
        sealed = self._sealer.seal(f"{successor} {self._process}", row=hashed)
        return successor, FamilyStep(hashed, successor_hash, sealed, self._audit.draft(device))

    def _step_times(self) -> StepTimes:
        now = self._clock.now()
        return StepTimes(
            now, now + self._policy.refresh_idle, now + self._sessions.policy.idle, Action.TOKEN_REFRESHED.value
        )

    async def _advance(self, steps: Sequence[FamilyStep]) -> list[Advanced | None]:
        """One statement for all of them; of two with the same token the second comes away empty."""
        distinct = {step.token_hash: step for step in reversed(steps)}
        async with self._database.stating() as work:
            taken = await work.families.advance(list(distinct.values()), self._step_times())
        return [taken.get(step.token_hash) if distinct[step.token_hash] is step else None for step in steps]

    async def _refresh_held(self, step: FamilyStep, successor: str, device: Device) -> TokenPair | Denied:
        """A token that was not used up in passing: held by somebody, used before, expired, ended or unknown."""
        async with self._database.writing() as work:
            known = await work.refresh_tokens.find(step.token_hash)
            family = await work.sessions.lock_active(known.session_id, self._clock.now()) if known else None
            if family is None:
                return Denied(InvalidRefreshToken(private="unknown or ended"))
            # Now that the family is ours: the step after all, or what it met.
            times = self._step_times()
            taken = await work.families.advance([step], times, waiting=True)
            if advanced := taken.get(step.token_hash):
                return await self._pair(advanced.grant, successor, advanced.expires_at)
            held = await work.refresh_tokens.find(step.token_hash)
            given = await self._successor_in_grace(work, held, times.now) if held else None
            if held is None or given is None:
                return await self._refuse(work, held, family, device, times.now)
        return await self._pair(_grant(*family), *given)

    async def _pair(self, grant: Grant, refresh: str, expires: Instant) -> TokenPair:
        access, seconds = await self._sign(grant)
        return TokenPair(access, refresh, seconds, expires)

    async def _successor_in_grace(
        self, work: UnitOfWork, held: RefreshToken, now: Instant
    ) -> tuple[str, Instant] | None:
        if held.consumed_at is None or held.successor_hash is None or held.successor_sealed is None:
            return None
        child = await work.refresh_tokens.find(held.successor_hash)
        # Once the child was used, somebody who still holds the parent is a second holder, grace or not.
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
        facts = self._notifications.facts(device)
        await self._notifications.queue(work, self._notifications.messages.refresh_reuse(user, facts))
        return Denied(InvalidRefreshToken(private="reused: family ended"))

    async def _sign(self, grant: Grant, about: Mapping[str, Any] = _OUR_OWN) -> tuple[str, int]:
        """An access token, and its life in seconds: never longer than its session's."""
        now = self._clock.now()
        issued, expires = to_seconds(now), to_seconds(min(now + self._policy.access_lifetime, grant.ends_at))
        claims: dict[str, Any] = {
            "iss": self._policy.issuer,
            "sub": grant.user_id,
            "aud": self._policy.audience,
            "exp": expires,
            "iat": issued,
            "jti": new_id("token", now, self._entropy),
            "sid": grant.session_id,
            "client_id": grant.client_id,
            "auth_time": to_seconds(grant.authenticated_at),
            "amr": list(grant.amr),
            "acr": f"aal{grant.aal}",
            "roles": list(grant.roles),
            **about,
        }
        if grant.status_index is not None:
            claims["status"] = self._policy.status.claim(grant.status_index)
        return (await self._keys.signer()).sign(claims, typ=ACCESS_TOKEN_TYPE), expires - issued

    async def _stored_hash(self, secret: str) -> str | None:
        """The form under which this refresh token is stored; None for a text of another shape. Usually there is one
        form; while the master secret is rotated the older one is looked for too.
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


def _grant(session: Session, user: User, roles: tuple[str, ...]) -> Grant:
    return Grant(
        session.id, user.id, session.client_id, session.authenticated_at, session.amr, session.aal, roles,
        session.absolute_expires_at, session.status_index,
    )  # fmt: skip
