"""Sessions: created in one place, checked on every request, ended at once."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, NotFound
from vestibule.domain.login import Assurance
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason, Session, SessionPolicy, SessionType
from vestibule.domain.taking_back import Event, Thing
from vestibule.domain.token import OWN_CLIENT, AccessTokenClaims
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.devices import device_label
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.session_touches import SessionTouches
from vestibule.services.sessions.status_indexes import StatusIndexes
from vestibule.services.sessions.take_back import TakeBack

_USER_AGENT_LIMIT = 512
_DEVICE_ID = "device-id"
_DEVICE_ID_LENGTH = 20


@dataclass(frozen=True, slots=True, repr=False)
class IssuedSession:
    """A session and, for a cookie session, its new secret, which is kept in the cookie only. None: no new secret."""

    session: Session
    secret: str | None

    def __repr__(self) -> str:
        return f"IssuedSession({self.session.id})"


class Sessions:
    """Creates, lists and ends sessions. The database is the source of truth: every worker refuses an ended session from
    its next request on.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        entropy: Entropy,
        hasher: TokenHasher,
        policy: SessionPolicy,
        assurance: AssurancePolicy,
        audit: AuditLog,
        touches: SessionTouches,
        take_back: TakeBack,
        notifications: Notifications,
        status_indexes: StatusIndexes,
    ) -> None:
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

    async def draft(self, user: User, session_type: SessionType, proved: Assurance, device: Device) -> IssuedSession:
        """Return a new session with a new secret, not stored yet. Only the login service may call this and store it."""
        now = self._clock.now()
        secret = self._hasher.new(tokens.SESSION) if session_type is SessionType.COOKIE else None
        session = Session(
            id=new_id("session", now, self._entropy),
            user_id=user.id,
            type=session_type,
            token_hash=self._hasher.hash(tokens.SESSION, secret) if secret else None,
            amr=proved.amr,
            aal=proved.aal,
            authenticated_at=proved.auth_time,
            # Not before the account was last taken back, even if the clock of the instance that did it is ahead.
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

    def accepts(self, claims: AccessTokenClaims) -> bool:
        """Return whether a session with this assurance and these roles may go on."""
        return self._assurance.accepts(claims.aal, claims.roles, self._clock.now())

    async def rotate(self, work: UnitOfWork, session: Session) -> IssuedSession:
        """Give a cookie session a new secret after its owner proved something anew (ASVS 7.2.4). No secret is issued
        for a token session, or when the session's secret was replaced meanwhile.
        """
        if session.token_hash is None:
            return IssuedSession(session, None)
        secret = self._hasher.new(tokens.SESSION)
        token_hash = self._hasher.hash(tokens.SESSION, secret)
        if token_hash is None or not await work.sessions.replace_token(session.id, session.token_hash, token_hash):
            return IssuedSession(session, None)
        return IssuedSession(session, secret)

    async def step_up(self, work: UnitOfWork, session: Session, proved: Assurance) -> IssuedSession | None:
        """Store this proof in the session and give a cookie session a new secret; None when the session ended or was
        proved anew elsewhere meanwhile.
        """
        secret = self._hasher.new(tokens.SESSION) if session.type is SessionType.COOKIE else None
        token_hash = self._hasher.digest(tokens.SESSION, secret) if secret else None
        if not await work.sessions.step_up(session, proved, token_hash):
            return None
        return IssuedSession(session, secret)

    async def list(self, user_id: str) -> Sequence[Session]:
        """Return a user's live sessions, last seen first."""
        await self._touches.flush()
        async with self._database.reading() as work:
            return await work.sessions.list_active(user_id, self._clock.now())

    async def end(self, user_id: str, session_id: str, reason: EndReason, device: Device) -> Denied | None:
        """End one session of a user. Denied (NotFound) when this user has no such session."""
        action = Action.LOGOUT if reason is EndReason.LOGOUT else Action.SESSION_ENDED
        async with self._database.writing() as work:
            if not await work.sessions.end(session_id, user_id, reason, self._clock.now()):
                return Denied(NotFound("There is no such session."))
            await self._audit.record(work, action, device, subject=user_id, session=session_id)
        return None

    def device_id(self, session_id: str) -> str:
        """Return a second name of a session, for clients that address one by both: 20 hexadecimal digits of a keyed
        hash. It proves nothing about who sends it.
        """
        return self._hasher.digest(_DEVICE_ID, session_id)[:_DEVICE_ID_LENGTH]

    def is_device_id(self, session_id: str, sent: str) -> bool:
        """Whether this is the session's `device_id`; also the one from before the master secret was rotated."""
        digests = self._hasher.digests(_DEVICE_ID, session_id)
        return any(hmac.compare_digest(found[:_DEVICE_ID_LENGTH].encode(), sent.encode()) for found in digests)

    async def end_all(self, principal: Principal, device: Device, *, include_current: bool) -> int:
        """End the caller's other sessions, or all of them, and everything that could start another one. Returns how
        many sessions ended.
        """
        user, keep = principal.user, "" if include_current else principal.session.id
        async with self._database.writing() as work:
            taken = await self._take_back.apply(work, Event.END_ALL, user, keep_session=keep)
            count = taken.voided.get(Thing.SESSIONS, 0)
            if taken.voided:
                await self._audit.record(
                    work,
                    Action.SESSION_ENDED,
                    device,
                    subject=user.id,
                    session=principal.session.id,
                    count=count,
                    **taken.detail(),
                )
                await self._notifications.sessions_ended(work, user, device, taken)
        return count
