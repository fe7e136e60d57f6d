"""The login attempt: start, submit, finish. `Finish.session` is the one place where a person becomes signed in."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
from vestibule.domain.login import AttemptPurpose, Evidence, Factor, LoginAttempt, Method, NeedsStep, Offer, Waiting
from vestibule.domain.new_user import WaitingRegistration
from vestibule.domain.pending import Delivery, TokenDelivery
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.session import SessionType
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.trusted_devices import TrustedDevices
from vestibule.services.login.attempts import AttemptBinding, Attempts
from vestibule.services.login.finish import Finish, SignedIn
from vestibule.services.login.mailed_sign_ins import requested_from
from vestibule.services.login.method import LoginMethod, PollForCompletion, Proof

__all__ = ["AttemptBinding", "LoginService", "Outcome", "SignedIn"]

Outcome = SignedIn | NeedsStep | Waiting | Denied
_LOST = "another request changed the attempt meanwhile"
_DEAD_END = "This account needs a second factor that is switched off here. Ask the operator."


@dataclass(eq=False, repr=False)
class LoginService:
    """Gathers evidence until it is enough. A half-finished attempt is a LoginAttempt, never a session."""

    _database: Database
    _clock: Clock
    _methods: Mapping[str, LoginMethod]
    _assurance: AssurancePolicy
    attempts: Attempts
    _changes: FactorChanges
    _trusted: TrustedDevices
    _finish: Finish

    def __post_init__(self) -> None:
        self.rules = tuple(method.rule for method in self._methods.values())

    @property
    def methods(self) -> tuple[str, ...]:
        """The names of the steps that are switched on."""
        return tuple(self._methods)

    @property
    def trusted_device_lifetime(self) -> Duration:
        """How long a browser may be trusted (microseconds); 0 where the operator requires a second factor of every
        user.
        """
        return 0 if self._assurance.mfa == "required" else self._trusted.lifetime

    async def start(
        self,
        session_type: SessionType,
        identifier: str,
        device: Device,
        binding: AttemptBinding,
        delivery: TokenDelivery,
    ) -> NeedsStep:
        """Start and store an attempt that has proved nothing. The response is the same for every identifier.
        `delivery`: how the attempt's last answer delivers a refresh token.
        """
        attempt = self._begun(session_type, identifier, device).awaiting(Delivery(delivery))
        return await self.attempts.store(attempt, await self._offers(attempt, first_methods(self.rules), None), binding)

    async def sign_in(
        self,
        session_type: SessionType,
        identifier: str,
        method: str,
        proof: Proof,
        device: Device,
        binding: AttemptBinding,
        delivery: TokenDelivery = TokenDelivery.BODY,
    ) -> Outcome:
        """Start an attempt and submit its first step at once; the attempt is stored only when it needs another step."""
        attempt = self._begun(session_type, identifier, device).awaiting(Delivery(delivery))
        outcome = await self._methods[method].verify(attempt, None, proof, device)
        if isinstance(outcome, Denied | Waiting):
            return outcome
        after = attempt.proved(outcome.user.id, outcome.evidence)
        return await self._advance(None, after, outcome.user, device, binding)

    async def submit(
        self, attempt_id: str, method: str, proof: Proof | None, device: Device, binding: AttemptBinding
    ) -> Outcome:
        """Take one step of a stored attempt: check its proof or, without one, return what the client needs to make it.
        Denied: InvalidAttempt, StepNotOffered, or the reason of the method.
        """
        attempt = await self.attempts.open(attempt_id, binding)
        if attempt is None:
            return Denied(InvalidAttempt())
        user = await self._user(attempt)
        asks = proof is None or isinstance(proof, PollForCompletion)
        if asks and any(found.method == method for found in attempt.evidence):
            # The proof came another way, such as a link that was opened elsewhere.
            return await self._advance(attempt, attempt, user, device, binding)
        if method not in (await self._next(attempt, user, binding.principal) or ()):
            return Denied(StepNotOffered())
        if proof is None:
            return await self._prepare(attempt, method, user, device)
        return await self._prove(attempt, method, user, proof, device, binding)

    async def begin_step_up(self, principal: Principal, device: Device) -> NeedsStep:
        """Start an attempt for a fresh proof, which only the caller's session can continue. One that is open and unused
        is reused.
        """
        user = principal.user
        running = await self.attempts.running_step_up(principal)
        if running is not None:
            offers = await self._offers(running, await self._next(running, user, principal) or (), user)
            return await self.attempts.keep(running, running, offers) or NeedsStep(running, offers)
        new = self.attempts.new(principal.session_type, AttemptPurpose.STEP_UP, user.email_canonical)
        attempt = replace(new, session_id=principal.session.id, user_id=user.id)
        attempt = attempt.awaiting(requested_from(device, self._clock.now()))
        offers = await self._offers(attempt, await self._next(attempt, user, principal) or (), user)
        return await self.attempts.store(attempt, offers, None)

    async def step_up_rule(self, principal: Principal) -> StepUpRule:
        """Return what counts as a fresh proof of this caller: the methods that `begin_step_up` offers."""
        enrolled = await self._changes.enrolled_factors(principal.user, principal.roles)
        accepts_one = self._assurance.accepts(1, principal.roles, self._clock.now())
        level = 2 if enrolled.wants_second_factor or not accepts_one else 1
        return step_up_rule(self.rules, enrolled, level, self.attempts.policy.step_up_window)

    def forces(self, principal: Principal) -> bool:
        """Return whether the operator requires a second factor of this user."""
        return self._assurance.forces(principal.roles)

    async def finish_registration(
        self, user: User, session_type: SessionType, evidence: Evidence, device: Device, binding: AttemptBinding
    ) -> Outcome:
        """Sign in a user who chose this credential a moment ago, or return the steps that the operator requires
        besides.
        """
        attempt = self._begun(session_type, user.email_canonical, device).proved(user.id, evidence)
        return await self._advance(None, attempt, user, device, binding)

    async def reserve_registration(
        self, session_type: SessionType, binding: AttemptBinding, waiting: WaitingRegistration
    ) -> NeedsStep:
        """Store an attempt of a user who does not exist yet, by which the registration waits."""
        attempt = self.attempts.new(session_type, AttemptPurpose.REGISTRATION, "").awaiting(waiting)
        return await self.attempts.store(attempt, (), binding)

    def chosen_password(self) -> Evidence:
        """Return the evidence of a user who has just chosen a password."""
        return Evidence(Method.PASSWORD, frozenset({Factor.KNOWLEDGE}), "pwd", self._clock.now())

    def _begun(self, session_type: SessionType, identifier: str, device: Device) -> LoginAttempt:
        attempt = self.attempts.new(session_type, AttemptPurpose.SIGN_IN, identifier)
        return attempt.awaiting(requested_from(device, self._clock.now()))

    async def _prepare(self, attempt: LoginAttempt, method: str, user: User | None, device: Device) -> Outcome:
        outcome = await self._methods[method].prepare(attempt, user, device)
        if not isinstance(outcome, Offer):
            return outcome
        return await self.attempts.keep(attempt, attempt, (outcome,)) or Denied(InvalidAttempt(private=_LOST))

    async def _prove(
        self,
        attempt: LoginAttempt,
        method: str,
        user: User | None,
        proof: Proof,
        device: Device,
        binding: AttemptBinding,
    ) -> Outcome:
        """Count a submission, then check it. What it proved counts if the attempt is still open and unchanged."""
        if isinstance(proof, PollForCompletion):
            return Waiting()
        if not await self.attempts.reserve(attempt):
            return Denied(InvalidAttempt(private="too many submissions"))
        outcome = await self._methods[method].verify(attempt, user, proof, device)
        if isinstance(outcome, Denied | Waiting):
            return outcome
        if attempt.user_id not in (None, outcome.user.id):
            return Denied(InvalidCredentials(private="a step was proved by another user"))
        current = await self.attempts.open(attempt.id, binding)
        if current is None:
            return Denied(InvalidAttempt(private=_LOST))
        after = current.proved(outcome.user.id, outcome.evidence)
        return await self._advance(current, after, outcome.user, device, binding)

    async def _advance(
        self,
        before: LoginAttempt | None,
        after: LoginAttempt,
        user: User | None,
        device: Device,
        binding: AttemptBinding,
    ) -> Outcome:
        """Finish the attempt when nothing more is needed, else return the next steps. `before`: the attempt as it is
        stored; None when it is not.
        """
        if user is None or not user.is_active:
            return Denied(InvalidAttempt(private="no user, or disabled"))
        after = await self._trusting(after, user, binding)
        missing = await self._next(after, user, binding.principal)
        if missing is not None and not missing:
            return Denied(StepNotOffered(_DEAD_END))
        if missing:
            offers = await self._offers(after, missing, user)
            if before is None:
                stored = await self.attempts.store_proved(after, offers, binding, user)
            else:
                stored = await self.attempts.keep(before, after, offers, proved_by=user)
            return stored or Denied(InvalidAttempt(private=_LOST))
        if after.purpose is AttemptPurpose.STEP_UP and binding.principal is not None:
            return await self._finish.step_up(after, binding.principal, device)
        return await self._finish.session(after, user, device, stored=before is not None, remember=binding.remember)

    async def _trusting(self, attempt: LoginAttempt, user: User, binding: AttemptBinding) -> LoginAttempt:
        """Add a trusted device as evidence: it proves no factor, and counts for signing in and nothing else."""
        if attempt.purpose is not AttemptPurpose.SIGN_IN or user.second_factor_at is None:
            return attempt
        if any(found.method == Method.TRUSTED_DEVICE for found in attempt.evidence):
            return attempt
        if not await self._trusted.recognises(user.id, binding.trusted):
            return attempt
        return attempt.proved(user.id, Evidence(Method.TRUSTED_DEVICE, frozenset(), "", self._clock.now()))

    async def _next(
        self, attempt: LoginAttempt, user: User | None, principal: Principal | None
    ) -> tuple[str, ...] | None:
        """Return the methods that may come next; None when enough is proved; empty when no method can add what is
        missing.
        """
        if user is None or (attempt.purpose is AttemptPurpose.SIGN_IN and not attempt.evidence):
            return first_methods(self.rules)
        if attempt.evidence and user.second_factor_at is None and not self._assurance.demands_anything:
            # One proof is enough, whatever else the account has: nothing has to be looked up.
            return None
        enrolled = await self._changes.enrolled_factors(user, await self._roles(user, principal))
        if not attempt.evidence:
            return step_up_methods(self.rules, enrolled)
        found = next_methods(self.rules, self._assurance, enrolled, attempt.evidence, self._clock.now())
        if found is None or attempt.purpose is AttemptPurpose.SIGN_IN:
            return found
        # Recovery ends every session, this one too, so it is offered for signing in only.
        return tuple(method for method in found if method != Method.FACTOR_RECOVERY)

    async def _roles(self, user: User, principal: Principal | None) -> tuple[str, ...]:
        if principal is not None and principal.user.id == user.id:
            return principal.roles
        async with self._database.reading() as work:
            return tuple(await work.roles.of(user.id))

    async def _offers(self, attempt: LoginAttempt, methods: tuple[str, ...], user: User | None) -> tuple[Offer, ...]:
        known = user if attempt.evidence or attempt.purpose is AttemptPurpose.STEP_UP else None
        return tuple([await self._methods[method].offer(attempt, known) for method in methods])

    async def _user(self, attempt: LoginAttempt) -> User | None:
        if attempt.user_id is None:
            return None
        async with self._database.reading() as work:
            return await work.users.find(attempt.user_id)
