"""The login attempt: start, submit, finish. `Finish.session` is the one place where a person becomes signed in."""

from collections.abc import Mapping
from dataclasses import replace

from vestibule.domain.assurance import (
    AssurancePolicy,
    StepUpRule,
    first_methods,
    next_methods,
    step_up_methods,
    step_up_rule,
)
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidAttempt, InvalidCredentials, StepNotOffered
from vestibule.domain.instant import Duration
from vestibule.domain.login import Evidence, Factor, LoginAttempt, Method, NeedsStep, Offer, Purpose, Waiting
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.factor_changes import FactorChanges
from vestibule.services.login.attempts import Attempts, Bound
from vestibule.services.login.finish import Finish, SignedIn
from vestibule.services.login.method import Asked, LoginMethod, Proof
from vestibule.services.mailed_sign_ins import asked_from
from vestibule.services.trusted_devices import TrustedDevices

__all__ = ["Bound", "LoginService", "Outcome", "SignedIn"]

Outcome = SignedIn | NeedsStep | Waiting | Denied
_LOST = "somebody else changed the attempt meanwhile"
_DEAD_END = "This account needs a second factor that is switched off here. Ask the operator."


class LoginService:
    """Gathers evidence until it is enough. A half-finished attempt is a LoginAttempt, never a session."""

    def __init__(
        self, database: Database, clock: Clock, methods: Mapping[str, LoginMethod], assurance: AssurancePolicy,
        attempts: Attempts, changes: FactorChanges, trusted: TrustedDevices, finish: Finish,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._methods = methods
        self.rules = tuple(method.rule for method in methods.values())
        self._assurance = assurance
        self._changes = changes
        self._trusted = trusted
        self._finish = finish
        self.attempts = attempts

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the steps that are switched on."""
        return tuple(self._methods)

    @property
    def trusted_device_lifetime(self) -> Duration:
        """How long a browser may be remembered; 0 where the operator demands a second factor of everybody."""
        return 0 if self._assurance.mfa == "required" else self._trusted.lifetime

    async def start(self, door: Door, identifier: str, device: Device, bound: Bound, **notes: str) -> NeedsStep:
        """A stored attempt of somebody who has proved nothing: the same answer for every identifier."""
        attempt = self._begun(door, identifier, device, **notes)
        return await self.attempts.store(attempt, await self._offers(attempt, first_methods(self.rules), None), bound)

    async def sign_in(
        self, door: Door, identifier: str, method: str, proof: Proof, device: Device, bound: Bound, **notes: str
    ) -> Outcome:
        """Start and submit at once; the attempt is stored only when it needs another step."""
        attempt = self._begun(door, identifier, device, **notes)
        outcome = await self._methods[method].verify(attempt, None, proof, device)
        if isinstance(outcome, Denied | Waiting):
            return outcome
        after = attempt.proved(outcome.user.id, outcome.evidence)
        return await self._advance(None, after, outcome.user, device, bound)

    async def submit(self, attempt_id: str, method: str, proof: Proof | None, device: Device, bound: Bound) -> Outcome:
        """One step of a stored attempt: its proof, or, without one, what it takes to make it."""
        attempt = await self.attempts.open(attempt_id, bound)
        if attempt is None:
            return Denied(InvalidAttempt())
        user = await self._user(attempt)
        asks = proof is None or isinstance(proof, Asked)
        if asks and any(found.method == method for found in attempt.evidence):
            # The proof came another way, such as a link that was opened elsewhere.
            return await self._advance(attempt, attempt, user, device, bound)
        if method not in (await self._next(attempt, user, bound.principal) or ()):
            return Denied(StepNotOffered())
        if proof is None:
            return await self._prepare(attempt, method, user, device)
        return await self._prove(attempt, method, user, proof, device, bound)

    async def begin_step_up(self, principal: Principal, device: Device) -> NeedsStep:
        """An attempt that only this session can run, for a proof that is fresh; one that waits is used again."""
        user = principal.user
        running = await self.attempts.running_step_up(principal)
        if running is not None:
            offers = await self._offers(running, await self._next(running, user, principal) or (), user)
            return await self.attempts.keep(running, running, offers) or NeedsStep(running, offers)
        new = self.attempts.new(principal.door, Purpose.STEP_UP, user.email_canonical)
        attempt = replace(new, session_id=principal.session.id, user_id=user.id)
        attempt = attempt.noting(**asked_from(device, self._clock.now()))
        offers = await self._offers(attempt, await self._next(attempt, user, principal) or (), user)
        return await self.attempts.store(attempt, offers, None)

    async def step_up_rule(self, principal: Principal) -> StepUpRule:
        """What counts as a fresh proof of this caller: the methods that `begin_step_up` offers, and no others."""
        holder = await self._changes.holder(principal.user, principal.roles)
        accepts_one = self._assurance.accepts(1, principal.roles, self._clock.now())
        level = 2 if holder.wants_second_factor or not accepts_one else 1
        return step_up_rule(self.rules, holder, level, self.attempts.policy.step_up_window)

    def forces(self, principal: Principal) -> bool:
        """Whether the operator demands a second factor of this user."""
        return self._assurance.forces(principal.roles)

    async def finish_registration(
        self, user: User, door: Door, evidence: Evidence, device: Device, bound: Bound
    ) -> Outcome:
        """Sign in somebody who chose this credential a moment ago, or say what the operator demands besides."""
        attempt = self._begun(door, user.email_canonical, device).proved(user.id, evidence)
        return await self._advance(None, attempt, user, device, bound)

    async def reserve_registration(self, door: Door, bound: Bound, **notes: str) -> NeedsStep:
        """An attempt of somebody who does not exist yet."""
        return await self.attempts.store(self.attempts.new(door, Purpose.REGISTRATION, "").noting(**notes), (), bound)

    def chosen_password(self) -> Evidence:
        """The evidence of somebody who has just chosen a password."""
        return Evidence(Method.PASSWORD, frozenset({Factor.KNOWLEDGE}), "pwd", self._clock.now())

    def _begun(self, door: Door, identifier: str, device: Device, **notes: str) -> LoginAttempt:
        attempt = self.attempts.new(door, Purpose.SIGN_IN, identifier)
        return attempt.noting(**asked_from(device, self._clock.now()), **notes)

    async def _prepare(self, attempt: LoginAttempt, method: str, user: User | None, device: Device) -> Outcome:
        outcome = await self._methods[method].prepare(attempt, user, device)
        if not isinstance(outcome, Offer):
            return outcome
        return await self.attempts.keep(attempt, attempt, (outcome,)) or Denied(InvalidAttempt(private=_LOST))

    async def _prove(
        self, attempt: LoginAttempt, method: str, user: User | None, proof: Proof, device: Device, bound: Bound
    ) -> Outcome:
        """A submission is counted before it is looked at; what it proved counts if the attempt is still the same."""
        if isinstance(proof, Asked):
            return Waiting()
        if not await self.attempts.reserve(attempt):
            return Denied(InvalidAttempt(private="too many submissions"))
        outcome = await self._methods[method].verify(attempt, user, proof, device)
        if isinstance(outcome, Denied | Waiting):
            return outcome
        if attempt.user_id not in (None, outcome.user.id):
            return Denied(InvalidCredentials(private="a step was proved by another user"))
        current = await self.attempts.open(attempt.id, bound)
        if current is None:
            return Denied(InvalidAttempt(private=_LOST))
        after = current.proved(outcome.user.id, outcome.evidence)
        return await self._advance(current, after, outcome.user, device, bound)

    async def _advance(
        self, before: LoginAttempt | None, after: LoginAttempt, user: User | None, device: Device, bound: Bound
    ) -> Outcome:
        """Done when nothing more is needed, else the next steps. `before` is what is stored, if anything is."""
        if user is None or not user.is_active:
            return Denied(InvalidAttempt(private="nobody, or disabled"))
        after = await self._trusting(after, user, bound)
        missing = await self._next(after, user, bound.principal)
        if missing is not None and not missing:
            return Denied(StepNotOffered(_DEAD_END))
        if missing:
            offers = await self._offers(after, missing, user)
            if before is None:
                return await self.attempts.store(after, offers, bound)
            return await self.attempts.keep(before, after, offers) or Denied(InvalidAttempt(private=_LOST))
        if after.purpose is Purpose.STEP_UP and bound.principal is not None:
            return await self._finish.step_up(after, bound.principal, device)
        return await self._finish.session(after, user, device, stored=before is not None, remember=bound.remember)

    async def _trusting(self, attempt: LoginAttempt, user: User, bound: Bound) -> LoginAttempt:
        """A browser that its owner trusts is evidence too, of no factor, for signing in and nothing else."""
        if attempt.purpose is not Purpose.SIGN_IN or user.second_factor_at is None:
            return attempt
        if any(found.method == Method.TRUSTED_DEVICE for found in attempt.evidence):
            return attempt
        if not await self._trusted.recognises(user.id, bound.trusted):
            return attempt
        return attempt.proved(user.id, Evidence(Method.TRUSTED_DEVICE, frozenset(), "", self._clock.now()))

    async def _next(
        self, attempt: LoginAttempt, user: User | None, principal: Principal | None
    ) -> tuple[str, ...] | None:
        """What may come next; None when enough is proved."""
        if user is None or (attempt.purpose is Purpose.SIGN_IN and not attempt.evidence):
            return first_methods(self.rules)
        if attempt.evidence and user.second_factor_at is None and not self._assurance.demands_anything:
            # One proof is enough, whatever else the account holds: nothing has to be looked up.
            return None
        holder = await self._changes.holder(user, await self._roles(user, principal))
        if not attempt.evidence:
            return step_up_methods(self.rules, holder)
        found = next_methods(self.rules, self._assurance, holder, attempt.evidence, self._clock.now())
        if found is None or attempt.purpose is Purpose.SIGN_IN:
            return found
        # Recovery ends every session, this one too: it belongs to signing in.
        return tuple(method for method in found if method != Method.FACTOR_RECOVERY)

    async def _roles(self, user: User, principal: Principal | None) -> tuple[str, ...]:
        if principal is not None and principal.user.id == user.id:
            return principal.roles
        async with self._database.reading() as work:
            return tuple(await work.roles.of(user.id))

    async def _offers(self, attempt: LoginAttempt, methods: tuple[str, ...], user: User | None) -> tuple[Offer, ...]:
        known = user if attempt.evidence or attempt.purpose is Purpose.STEP_UP else None
        return tuple([await self._methods[method].offer(attempt, known) for method in methods])

    async def _user(self, attempt: LoginAttempt) -> User | None:
        if attempt.user_id is None:
            return None
        async with self._database.reading() as work:
            return await work.users.find(attempt.user_id)
