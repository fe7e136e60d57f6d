"""Sessions: created in one place, with secrets that are replaced when something is proved anew."""

import asyncio
import hmac
from dataclasses import dataclass

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.device import Device
from vestibule.domain.login import Assurance
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.session import Session, SessionPolicy, SessionType
from vestibule.domain.token import OWN_CLIENT
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.records.devices import device_label

_USER_AGENT_LIMIT = 512
_DEVICE_ID = "device-id"
_DEVICE_ID_LENGTH = 20
_BLOCK = 64


class StatusIndexes:
    """Hands out places in the status lists, for sessions that are about to be created. They are taken from the database
    in blocks, so that a sign-in writes nothing for it, and handed out in no order, so that a place does not reveal the
    time of the sign-in. Places that are left when a worker ends stay unused.
    """

    def __init__(self, database: Database, entropy: Entropy) -> None:
        self._database = database
        self._entropy = entropy
        self._free: list[int] = []
        self._taking = asyncio.Lock()

    async def next(self) -> int:
        """Return a place that no other session has."""
        while not self._free:
            async with self._taking:
                if not self._free:
                    async with self._database.writing() as work:
                        first = await work.status_indexes.take(_BLOCK)
                    self._free = list(range(first, first + _BLOCK))
        return self._free.pop(self._entropy.token_bytes(1)[0] % len(self._free))


@dataclass(frozen=True, slots=True, repr=False)
class IssuedSession:
    """A session and, for a cookie session, its new secret, which is kept in the cookie only. None: no new secret."""

    session: Session
    secret: str | None

    def __repr__(self) -> str:
        return f"IssuedSession({self.session.id})"


@dataclass(eq=False, repr=False)
class Sessions:
    """Drafts sessions, and gives them new secrets. They are stored by the services that call it."""

    _clock: Clock
    _entropy: Entropy
    _hasher: TokenHasher
    _policy: SessionPolicy
    _status_indexes: StatusIndexes

    async def draft(self, user: User, session_type: SessionType, proved: Assurance, device: Device) -> IssuedSession:
        """Return a new session with a new secret, not stored yet. Only the login service may call this and store it."""
        now = self._clock.now()
        secret = self._hasher.new(tokens.SESSION) if session_type is SessionType.COOKIE else None
        session = Session(
            id=new_id("session", now, self._entropy),
            user_id=user.id,
            type=session_type,
            token_hash=self._hasher.digest(tokens.SESSION, secret) if secret else None,
            amr=proved.amr,
            aal=proved.aal,
            authenticated_at=proved.auth_time,
            # Not before the account was last taken back, even if the clock of the instance that did it is ahead.
            created_at=max(now, user.not_before),
            last_seen_at=now,
            idle_expires_at=now + self._policy.idle,
            absolute_expires_at=now + self._policy.absolute,
            revoked_at=None,
            revoke_reason=None,
            address=device.address,
            user_agent=device.user_agent[:_USER_AGENT_LIMIT],
            device_label=device_label(device.user_agent),
            client_id=OWN_CLIENT,
            status_index=await self._status_indexes.next(),
        )
        return IssuedSession(session, secret)

    async def rotate(self, work: UnitOfWork, session: Session) -> IssuedSession:
        """Give a cookie session a new secret after its owner proved something anew (ASVS 7.2.4). No secret is issued
        for a token session, or when the session's secret was replaced meanwhile.
        """
        if session.token_hash is None:
            return IssuedSession(session, None)
        secret = self._hasher.new(tokens.SESSION)
        token_hash = self._hasher.digest(tokens.SESSION, secret)
        if not await work.sessions.replace_token(session.id, session.token_hash, token_hash):
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

    def device_id(self, session_id: str) -> str:
        """Return a second name of a session, for clients that address one by both: 20 hexadecimal digits of a keyed
        hash. It proves nothing about who sends it.
        """
        return self._hasher.digest(_DEVICE_ID, session_id)[:_DEVICE_ID_LENGTH]

    def is_device_id(self, session_id: str, sent: str) -> bool:
        """Whether this is the session's `device_id`; also the one from before the master secret was rotated."""
        digests = self._hasher.digests(_DEVICE_ID, session_id)
        return any(hmac.compare_digest(found[:_DEVICE_ID_LENGTH].encode(), sent.encode()) for found in digests)
