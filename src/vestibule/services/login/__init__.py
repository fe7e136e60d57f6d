"""The login attempt: start, submit, finish. `finish` is the one place where a person becomes signed in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from vestibule.crypto.entropy import new_id
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCredentials
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
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.session import Door
from vestibule.domain.token import TokenPair
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
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
        async with self._database.writing() as work:
            if len(attempt.evidence) > 1 and not await work.login_attempts.finish(attempt.id, self._clock.now()):
                return Denied(InvalidCredentials(private="the attempt is finished or expired"))
            if not await work.users.sign_in(user.id, user.password_changed_at, self._clock.now()):
                return Denied(InvalidCredentials(private="the account changed since the proof"))
            issued, refresh = await self._open(work, attempt, user, device)
            roles = tuple(await work.roles.of(user.id))
            await self._limits.release(work, user.id)
        tokens = None if refresh is None else await self._tokens.pair(issued.session, user, roles, *refresh)
        return SignedIn(user, roles, issued, tokens)

    async def finish_registration(self, user: User, door: Door, device: Device) -> SignedIn | Denied:
        """Sign in somebody who chose this password a moment ago."""
        evidence = Evidence(Method.PASSWORD, Factor.KNOWLEDGE, self._clock.now())
        attempt = replace(self.start(door), user_id=user.id, evidence=(evidence,))
        return await self.finish(attempt, user, device)

    async def _open(
        self, work: UnitOfWork, attempt: LoginAttempt, user: User, device: Device
    ) -> tuple[IssuedSession, tuple[str, int] | None]:
        await self._tell_about_new_device(work, user, device)
        issued = await self._sessions.issue(work, user, attempt.door, assurance(attempt.evidence), device)
        await self._audit.record(
            work, Action.LOGIN_SUCCEEDED, device, subject=user.id, session=issued.session.id,
            door=attempt.door.value, amr=issued.session.amr, aal=issued.session.aal,
        )  # fmt: skip
        if attempt.door is Door.BROWSER:
            return issued, None
        return issued, await self._tokens.first_refresh_token(work, issued.session)

    async def _tell_about_new_device(self, work: UnitOfWork, user: User, device: Device) -> None:
        if not await work.sessions.has_any(user.id) or await work.sessions.knows_device(user.id, device.user_agent):
            return
        facts = self._notifications.facts(device)
        await self._notifications.queue(work, self._notifications.messages.new_device(user, facts))
