"""The login attempt: start, submit, finish. `finish` is the one place where a person becomes signed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vestibule.crypto.entropy import new_id
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCredentials
from vestibule.domain.instant import Instant
from vestibule.domain.login import (
    Advanced,
    Evidence,
    Factor,
    LoginAttempt,
    LoginPolicy,
    Method,
    NeedsStep,
    assurance,
)
from vestibule.domain.mail import Mail
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.session import Door, Session
from vestibule.domain.sign_in import SignIn
from vestibule.domain.token import TokenPair
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog
from vestibule.services.login.method import LoginMethod, Proof
from vestibule.services.notifications import Notifications
from vestibule.services.rate_limits import RateLimits
from vestibule.services.sessions import IssuedSession, Sessions
from vestibule.services.tokens import Tokens

# What a user must still prove after this evidence; empty means enough. Second factors plug in here.
MissingSteps = Callable[[User, tuple[Evidence, ...]], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A finished login: the session, and what the door hands out for it."""

    user: User
    roles: tuple[str, ...]
    issued: IssuedSession
    tokens: TokenPair | None


def password_is_enough(_: User, evidence: tuple[Evidence, ...]) -> tuple[str, ...]:
    """The policy while the password is the only method: one proof signs in."""
    return () if evidence else (Method.PASSWORD,)


class LoginService:
    """Gathers evidence until it is enough. A half-finished attempt is a LoginAttempt, never a session."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, methods: Mapping[str, LoginMethod],
        missing_steps: MissingSteps, policy: LoginPolicy, sessions: Sessions, tokens: Tokens, limits: RateLimits,
        audit: AuditLog, notifications: Notifications,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._methods = methods
        self._missing_steps = missing_steps
        self._policy = policy
        self._sessions = sessions
        self._tokens = tokens
        self._limits = limits
        self._audit = audit
        self._notifications = notifications

    def start(self, door: Door) -> LoginAttempt:
        """An attempt that has proved nothing yet; it is stored once it has."""
        now = self._clock.now()
        return LoginAttempt(
            id=new_id("attempt", now, self._entropy),
            door=door,
            user_id=None,
            evidence=(),
            created_at=now,
            expires_at=now + self._policy.attempt_lifetime,
        )

    async def resume(self, attempt_id: str) -> LoginAttempt | None:
        """A stored attempt that is neither finished nor expired."""
        async with self._database.reading() as work:
            return await work.login_attempts.find_open(attempt_id, self._clock.now())

    async def submit(
        self, attempt: LoginAttempt, method: str, proof: Proof, device: Device
    ) -> SignedIn | NeedsStep | Denied:
        """Run one step; then the next step, or the session."""
        outcome = await self._methods[method].verify(attempt, proof, device)
        if isinstance(outcome, Denied):
            return outcome
        if attempt.user_id not in (None, outcome.user.id):
            return Denied(InvalidCredentials(private="a step was proved by another user"))
        return await self._advance(attempt, outcome, device)

    async def _advance(self, attempt: LoginAttempt, proved: Advanced, device: Device) -> SignedIn | NeedsStep | Denied:
        evidence = (*attempt.evidence, proved.evidence)
        advanced = replace(attempt, user_id=proved.user.id, evidence=evidence)
        if missing := self._missing_steps(proved.user, evidence):
            async with self._database.writing() as work:
                await work.login_attempts.save(advanced)
            return NeedsStep(advanced, missing)
        return await self.finish(advanced, proved.user, device)

    async def finish(self, attempt: LoginAttempt, user: User, device: Device) -> SignedIn | Denied:
        """Enough was proved: the session is born, here and nowhere else."""
        issued = self._sessions.draft(user, attempt.door, assurance(attempt.evidence), device)
        refresh = self._tokens.first_refresh_token(issued.session) if attempt.door is Door.TOKEN else None
        roles = await self._open(attempt, user, issued.session, refresh, device)
        if isinstance(roles, Denied):
            return roles
        tokens = None
        if refresh is not None:
            secret, _, expires = refresh
            tokens = await self._tokens.pair(issued.session, user, roles, secret, expires)
        return SignedIn(user, roles, issued, tokens)

    async def finish_registration(self, user: User, door: Door, device: Device) -> SignedIn | Denied:
        """Sign in somebody who chose this password a moment ago."""
        evidence = Evidence(Method.PASSWORD, Factor.KNOWLEDGE, self._clock.now())
        attempt = replace(self.start(door), user_id=user.id, evidence=(evidence,))
        return await self.finish(attempt, user, device)

    async def _open(
        self, attempt: LoginAttempt, user: User, session: Session, refresh: tuple[str, str, Instant] | None,
        device: Device,
    ) -> tuple[str, ...] | Denied:  # fmt: skip
        """Everything that is written for a sign-in, in one transaction; the user's roles."""
        _, refresh_hash, refresh_expires_at = refresh or ("", "", 0)
        event = self._audit.event(
            Action.LOGIN_SUCCEEDED, device, subject=user.id, session=session.id,
            door=attempt.door.value, amr=session.amr, aal=session.aal,
        )  # fmt: skip
        given = SignIn(
            session, user.password_changed_at or 0, refresh_hash, refresh_expires_at,
            self._limits.account_key(user.id), event,
        )  # fmt: skip
        alert = await self._new_device_alert(user, device)
        several = len(attempt.evidence) > 1
        async with self._database.writing() if alert or several else self._database.stating() as work:
            if several and not await work.login_attempts.finish(attempt.id, self._clock.now()):
                return Denied(InvalidCredentials(private="the attempt is finished or expired"))
            roles = await work.sign_ins.open(given)
            if roles is None:
                return Denied(InvalidCredentials(private="the account changed since the proof"))
            if alert:
                await self._notifications.queue(work, alert)
        return roles

    async def _new_device_alert(self, user: User, device: Device) -> Mail | None:
        async with self._database.reading() as work:
            if not await work.sessions.is_new_device(user.id, device.user_agent):
                return None
        return self._notifications.messages.new_device(user, self._notifications.facts(device))
