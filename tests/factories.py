"""Makes users, sessions, attempts and whatever hangs on them in one line, by the repositories: no HTTP, no slow hash.

    make = Factory(vestibule.database.writing, vestibule.clock.now())
    alice = await make.user("alice", password=PASSWORD)
    session = await make.session(alice)

Each method stores one row with sensible values and returns what it stored; keywords change fields of the domain object.
"""

import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from argon2 import PasswordHasher

from vestibule.domain.api import Api
from vestibule.domain.api_key import ApiKey
from vestibule.domain.audit import Action, AuditEvent
from vestibule.domain.client import Client
from vestibule.domain.credential import Credential, CredentialKind, FactorRecovery, TrustedDevice
from vestibule.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from vestibule.domain.login import AttemptPurpose, LoginAttempt
from vestibule.domain.mail import OutboxKind
from vestibule.domain.one_time_code import CodeForm, CodePurpose, OneTimeCode
from vestibule.domain.pending import PendingItems
from vestibule.domain.session import Session, SessionType
from vestibule.domain.sign_in import SignIn
from vestibule.domain.signing_key import SigningKey
from vestibule.domain.token import OWN_CLIENT
from vestibule.domain.user import Identifier, User, new_user
from vestibule.repositories.unit_of_work import UnitOfWork

NOW: Instant = 1_800_000_000 * SECOND
_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_numbers = itertools.count(1)


def _new_id(prefix: str) -> str:
    """An id that sorts behind all ids made before it, as real ones do."""
    return f"{prefix}_{next(_numbers):08}"


class Factory:
    """Makes rows as of `now`. `writing` opens the unit of work in which each is stored."""

    def __init__(self, writing: Callable[[], AbstractAsyncContextManager[UnitOfWork]], now: Instant = NOW) -> None:
        self._writing = writing
        self.now = now

    async def _add(self, repository: str, thing: Any, *more: Any, **options: Any) -> Any:
        async with self._writing() as work:
            await getattr(work, repository).add(thing, *more, **options)
        return thing

    async def user(
        self, username: str = "alice", *, password: str = "", roles: tuple[str, ...] = (), **changes: Any
    ) -> User:
        email = Identifier(f"{username}@example.com", f"{username}@example.com".lower())
        password_hash = _HASHER.hash(password) if password else None
        name = Identifier(username, username.lower())
        user = replace(new_user(_new_id("user"), name, email, password_hash, self.now), **changes)
        async with self._writing() as work:
            await work.users.add(user)
            for role in roles:
                await work.roles.grant(user.id, role, self.now)
        return user

    async def session(self, user: User, *, refresh_hash: str = "", **changes: Any) -> Session:
        """With a `refresh_hash`, a token session and the first token of its family."""
        session = Session(
            id=_new_id("session"),
            user_id=user.id,
            type=SessionType.TOKEN if refresh_hash else SessionType.COOKIE,
            token_hash=None if refresh_hash else _new_id("hash"),
            amr=("pwd",),
            aal=1,
            authenticated_at=self.now,
            created_at=self.now,
            last_seen_at=self.now,
            idle_expires_at=self.now + HOUR,
            absolute_expires_at=self.now + DAY,
            revoked_at=None,
            revoke_reason=None,
            address="192.0.2.1",
            user_agent="Firefox",
            device_label="Firefox on Linux",
            client_id=OWN_CLIENT,
            status_index=None,
        )
        session = replace(session, **changes)
        async with self._writing() as work:
            opened = await work.sign_ins.open(self.sign_in(user, session, refresh_hash=refresh_hash))
        assert opened is not None, f"{user} may not sign in"
        return session

    def sign_in(self, user: User, session: Session, *, refresh_hash: str = "", **changes: Any) -> SignIn:
        """What a completed sign-in writes, not stored: `SignIns.open` does."""
        sign_in = SignIn(
            session=session,
            password_changed_at=user.password_changed_at or 0,
            second_factor_at=user.second_factor_at or 0,
            not_before=user.not_before,
            refresh_hash=refresh_hash,
            refresh_expires_at=self.now + DAY,
            failure_keys=(),
            event=self.new_event(user.id, session_id=session.id),
        )
        return replace(sign_in, **changes)

    async def attempt(self, user: User | None = None, **changes: Any) -> LoginAttempt:
        attempt = LoginAttempt(
            id=_new_id("attempt"),
            purpose=AttemptPurpose.SIGN_IN,
            session_type=SessionType.COOKIE,
            binding_hash=None,
            session_id=None,
            identifier="alice",
            user_id=user.id if user else None,
            evidence=(),
            pending=PendingItems(),
            submissions=0,
            created_at=self.now,
            expires_at=self.now + 10 * MINUTE,
        )
        return await self._add("login_attempts", replace(attempt, **changes))

    async def code(self, user: User, **changes: Any) -> OneTimeCode:
        code = OneTimeCode(
            id=_new_id("code"),
            purpose=CodePurpose.SIGN_IN,
            form=CodeForm.LINK,
            user_id=user.id,
            flow_id=_new_id("flow"),
            code_hash=_new_id("hash"),
            bound_value=user.email,
            created_at=self.now,
            expires_at=self.now + HOUR,
            used_at=None,
            voided_at=None,
        )
        return await self._add("one_time_codes", replace(code, **changes))

    async def credential(self, user: User, kind: CredentialKind = CredentialKind.PASSKEY, **changes: Any) -> Credential:
        credential = Credential(
            id=_new_id("credential"),
            user_id=user.id,
            kind=kind,
            lookup=_new_id("lookup"),
            secret="secret",
            counter=0,
            name="laptop",
            detail="{}",
            created_at=self.now,
            confirmed_at=self.now,
            last_used_at=None,
            used_at=None,
        )
        return await self._add("credentials", replace(credential, **changes))

    async def trusted_device(self, user: User, **changes: Any) -> TrustedDevice:
        device = TrustedDevice(
            id=_new_id("device"),
            user_id=user.id,
            token_hash=_new_id("hash"),
            device_label="Firefox on Linux",
            address="192.0.2.1",
            created_at=self.now,
            last_used_at=self.now,
            expires_at=self.now + DAY,
        )
        return await self._add("trusted_devices", replace(device, **changes))

    async def recovery(self, user: User, **changes: Any) -> FactorRecovery:
        recovery = FactorRecovery(
            id=_new_id("recovery"),
            user_id=user.id,
            started_by="user",
            requested_at=self.now,
            ready_at=self.now + HOUR,
            expires_at=self.now + DAY,
            ended_at=None,
            outcome=None,
        )
        return await self._add("factor_recoveries", replace(recovery, **changes))

    async def api(self, name: str = "orders", **changes: Any) -> Api:
        api = Api(_new_id("api"), name, f"https://{name}.example.com", ("read", "write"), self.now)
        return await self._add("apis", replace(api, **changes))

    async def client(self, name: str = "gateway", *, secret_hash: str = "", **changes: Any) -> Client:
        client = replace(Client(_new_id("client"), name, None, self.now), **changes)
        async with self._writing() as work:
            await work.clients.add(client)
            if secret_hash:
                await work.clients.add_secret(client.id, secret_hash, self.now)
        return client

    async def api_key(self, owner: User | Client, *, key_hash: str = "", **changes: Any) -> ApiKey:
        key = ApiKey(
            id=_new_id("key"),
            user_id=owner.id if isinstance(owner, User) else None,
            client_id=owner.id if isinstance(owner, Client) else None,
            name="backup",
            hint="vst_",
            scopes=("read", "write"),
            created_at=self.now,
            expires_at=None,
            last_used_at=None,
        )
        return await self._add("api_keys", replace(key, **changes), key_hash or _new_id("hash"))

    async def email(self, *, due_at: Instant | None = None, kind: OutboxKind = OutboxKind.EMAIL, **more: Any) -> str:
        """An email (or job) that waits in the outbox: its id."""
        item_id = _new_id("mail")
        await self._add("outbox", item_id, kind, "welcome", "sealed", self.now, due_at or self.now, **more)
        return item_id

    def new_event(self, subject_id: str | None = None, **changes: Any) -> AuditEvent:
        event = AuditEvent(
            id=_new_id("event"),
            occurred_at=self.now,
            action=Action.LOGIN_SUCCEEDED,
            actor_id=subject_id,
            subject_id=subject_id,
            session_id=None,
            address="192.0.2.1",
            user_agent="Firefox",
            device_label="Firefox on Linux",
            request_id="",
            detail="{}",
        )
        return replace(event, **changes)

    async def event(self, subject_id: str | None = None, **changes: Any) -> AuditEvent:
        return await self._add("audit_events", self.new_event(subject_id, **changes))

    async def signing_key(self, **changes: Any) -> SigningKey:
        key = SigningKey(_new_id("kid"), "EdDSA", "{}", "sealed", self.now, self.now, None)
        return await self._add("signing_keys", replace(key, **changes))
