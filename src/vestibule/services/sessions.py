"""Sessions: born in one place, checked on every request, ended at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, NotFound
from vestibule.domain.instant import Instant
from vestibule.domain.login import Assurance
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door, EndReason, Session, SessionPolicy
from vestibule.domain.taking_back import Event, Thing
from vestibule.domain.token import Grant
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.audit import AuditLog
from vestibule.services.devices import device_label
from vestibule.services.notifications import Notifications
from vestibule.services.session_touches import SessionTouches
from vestibule.services.status_indexes import StatusIndexes
from vestibule.services.take_back import TakeBack

OWN_CLIENT = "vestibule"
_USER_AGENT_LIMIT = 512


@dataclass(frozen=True, slots=True, repr=False)
class IssuedSession:
    """A session and, for the browser door, the secret that only the cookie will know."""

    session: Session
    secret: str | None

    def __repr__(self) -> str:
        return f"IssuedSession({self.session.id})"


class Sessions:
    """The database is the source of truth: an ended session is refused by every worker at its next request."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, hasher: TokenHasher, policy: SessionPolicy,
        assurance: AssurancePolicy, audit: AuditLog, touches: SessionTouches, take_back: TakeBack,
        notifications: Notifications, status_indexes: StatusIndexes,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._hasher = hasher
        self._assurance = assurance
        self._audit = audit
        self._touches = touches
        self._take_back = take_back
        self._notifications = notifications
        self._status_indexes = status_indexes
        self.policy = policy

    async def draft(self, user: User, door: Door, proved: Assurance, device: Device) -> IssuedSession:
        """A new session with a new secret, to be born by the login service and by nobody else."""
        now = self._clock.now()
        secret = self._hasher.new(tokens.SESSION) if door is Door.BROWSER else None
        session = Session(
            id=new_id("session", now, self._entropy),
            user_id=user.id,
            kind=door,
            token_hash=self._hasher.hash(tokens.SESSION, secret) if secret else None,
            amr=proved.amr,
            aal=proved.aal,
            authenticated_at=proved.auth_time,
            # Younger than what took the account back, also where the clock of the instance that did it is ahead.
            created_at=max(now, user.not_before),
            last_seen_at=now,
            idle_expires_at=now + self.policy.idle,
            absolute_expires_at=now + self.policy.absolute,
            revoked_at=None,
            revoke_reason=None,
            address=device.address,
            user_agent=device.user_agent[:_USER_AGENT_LIMIT],
            device_label=device_label(device.user_agent),
            client_id=OWN_CLIENT,
            status_index=await self._status_indexes.next(),
        )
        return IssuedSession(session, secret)

    async def authenticate(self, secret: str) -> Principal | None:
        """Who holds this session cookie; None when it is malformed, unknown, ended or expired."""
        now = self._clock.now()
        for token_hash in self._hasher.hashes(tokens.SESSION, secret):
            async with self._database.reading() as work:
                found = await work.sessions.find_active_by_hash(token_hash, now)
            if found is not None:
                return await self._seen(*found, now)
        return None

    async def authenticate_by_id(self, session_id: str, user_id: str) -> Principal | None:
        """Who is behind a verified access token, if its session still counts."""
        now = self._clock.now()
        async with self._database.reading() as work:
            found = await work.sessions.find_active(session_id, now)
        if found is None or found[1].id != user_id:
            return None
        return await self._seen(*found, now)

    def accepts(self, grant: Grant) -> bool:
        """Whether a session with this assurance may go on."""
        return self._assurance.accepts(grant.aal, grant.roles, self._clock.now())

    async def rotate(self, work: UnitOfWork, session: Session) -> IssuedSession:
        """A new secret for a browser session after its owner proved something anew (ASVS 7.2.4)."""
        if session.token_hash is None:
            return IssuedSession(session, None)
        secret = self._hasher.new(tokens.SESSION)
        token_hash = self._hasher.hash(tokens.SESSION, secret)
        if token_hash is None or not await work.sessions.replace_token(session.id, session.token_hash, token_hash):
            return IssuedSession(session, None)
        return IssuedSession(session, secret)

    async def step_up(self, work: UnitOfWork, session: Session, proved: Assurance) -> IssuedSession | None:
        """The session with this proof and a new secret; None when it ended or was proved anew elsewhere meanwhile."""
        secret = self._hasher.new(tokens.SESSION) if session.kind is Door.BROWSER else None
        token_hash = self._hasher.digest(tokens.SESSION, secret) if secret else None
        if not await work.sessions.step_up(session, proved, token_hash):
            return None
        return IssuedSession(session, secret)

    async def list(self, principal: Principal) -> Sequence[Session]:
        """The live sessions of the caller, last seen first."""
        await self._touches.flush()
        async with self._database.reading() as work:
            return await work.sessions.list_active(principal.user.id, self._clock.now())

    async def end(self, principal: Principal, session_id: str, reason: EndReason, device: Device) -> Denied | None:
        """End one of the caller's own sessions."""
        action = Action.LOGOUT if reason is EndReason.LOGOUT else Action.SESSION_ENDED
        async with self._database.writing() as work:
            if not await work.sessions.end(session_id, principal.user.id, reason, self._clock.now()):
                return Denied(NotFound("There is no such session."))
            await self._audit.record(work, action, device, subject=principal.user.id, session=session_id)
        return None

    async def replace(self, principal: Principal, device: Device) -> None:
        """A sign-in on the same browser has replaced this session."""
        await self.end(principal, principal.session.id, EndReason.REPLACED, device)

    async def end_all(self, principal: Principal, device: Device, *, include_current: bool) -> int:
        """End the caller's other sessions, or all of them; how many. What could begin another one ends with them."""
        user, keep = principal.user, "" if include_current else principal.session.id
        async with self._database.writing() as work:
            taken = await self._take_back.apply(work, Event.END_ALL, user, keep_session=keep)
            count = taken.voided.get(Thing.SESSIONS, 0)
            if taken.voided:
                await self._audit.record(
                    work, Action.SESSION_ENDED, device, subject=user.id, session=principal.session.id, count=count,
                    **taken.detail(),
                )  # fmt: skip
                facts = self._notifications.facts(device)
                told = self._notifications.messages.sessions_ended(user, facts, taken)
                await self._notifications.queue(work, told)
        return count

    async def _seen(self, session: Session, user: User, roles: tuple[str, ...], now: Instant) -> Principal | None:
        if not self._assurance.accepts(session.aal, roles, now):
            return None
        touched = await self._touches.seen(session, now) is not None
        return Principal(user, session, roles, session.kind, touched=touched)
