"""Stored login attempts: who started one, and what was proved so far."""

from dataclasses import dataclass, replace

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.login import AttemptPurpose, LoginAttempt, LoginPolicy, NeedsStep, Offer
from vestibule.domain.new_user import WaitingRegistration
from vestibule.domain.pending import PendingItems
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import SessionType
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.identifiers import canonical_identifier

_TIE = "attempt"


@dataclass(frozen=True, slots=True, repr=False)
class AttemptBinding:
    """What a request carries beside its step: the attempt's secret, the browser's own pre-session secret, the signed-in
    caller, the secret of a trusted device; and `remember`, whether this device is to be trusted from now on.
    """

    secret: str | None = None
    browser: str | None = None
    principal: Principal | None = None
    trusted: str | None = None
    remember: bool = False


@dataclass(eq=False, repr=False)
class Attempts:
    """Creates, finds and changes attempts. Each is one row, changed only if it is still what was read: of two
    concurrent steps one is taken.
    """

    _database: Database
    _clock: Clock
    _entropy: Entropy
    _hasher: TokenHasher
    policy: LoginPolicy

    def new(self, session_type: SessionType, purpose: AttemptPurpose, identifier: str) -> LoginAttempt:
        """Return an attempt that has proved nothing yet. It is stored only when the client has to come back to it."""
        now = self._clock.now()
        return LoginAttempt(
            id=new_id("attempt", now, self._entropy),
            purpose=purpose,
            session_type=session_type,
            binding_hash=None,
            session_id=None,
            identifier=canonical_identifier(identifier) if identifier else "",
            user_id=None,
            evidence=(),
            pending=PendingItems(),
            submissions=0,
            created_at=now,
            expires_at=now + self.policy.attempt_lifetime,
        )

    async def store(
        self, attempt: LoginAttempt, offers: tuple[Offer, ...], binding: AttemptBinding | None
    ) -> NeedsStep:
        """Store a new attempt that has proved nothing, bound to the browser that started it, or to a new secret that
        only its starter gets. One browser may have several at once, one in each tab. With `binding` None only the
        attempt's session binds it.
        """
        needs = self._bound(attempt, offers, binding)
        async with self._database.writing() as work:
            await work.login_attempts.add(needs.attempt)
        return needs

    async def store_proved(
        self, attempt: LoginAttempt, offers: tuple[Offer, ...], binding: AttemptBinding, user: User
    ) -> NeedsStep | None:
        """Store a new attempt with a proof by this user, as read before the proof was checked. None when the account
        changed since.
        """
        needs = self._bound(attempt, offers, binding)
        async with self._database.writing() as work:
            if not await _is_unchanged(work, user):
                return None
            await work.login_attempts.add(needs.attempt)
        return needs

    def _bound(self, attempt: LoginAttempt, offers: tuple[Offer, ...], binding: AttemptBinding | None) -> NeedsStep:
        browser = binding.browser if binding and attempt.session_type is SessionType.COOKIE else None
        known = browser is not None and tokens.is_shaped(tokens.PRESESSION, browser)
        secret = self._hasher.new(tokens.ATTEMPT) if binding and not known else None
        tie = browser if known else secret
        bound = replace(_awaiting(attempt, offers), binding_hash=self._hasher.digest(_TIE, tie) if tie else None)
        return NeedsStep(bound, offers, secret)

    async def keep(
        self, before: LoginAttempt, after: LoginAttempt, offers: tuple[Offer, ...], proved_by: User | None = None
    ) -> NeedsStep | None:
        """Store what was gathered; None when another request was faster, or the account changed since the proof."""
        stored = _awaiting(after, offers)
        async with self._database.writing() as work:
            if not await _is_unchanged(work, proved_by):
                return None
            kept = await work.login_attempts.replace(before, stored, self._clock.now())
        return NeedsStep(stored, offers) if kept else None

    async def open(self, attempt_id: str, binding: AttemptBinding) -> LoginAttempt | None:
        """Return an open attempt to sign in or step up, if the client with this binding may continue it; else None."""
        async with self._database.reading() as work:
            attempt = await work.login_attempts.find_open(attempt_id, self._clock.now())
        if attempt is None or attempt.purpose not in (AttemptPurpose.SIGN_IN, AttemptPurpose.STEP_UP):
            return None
        if attempt.session_id is None:
            return attempt if self.holds(attempt, binding) else None
        holds = binding.principal is not None and binding.principal.session.id == attempt.session_id
        return attempt if holds else None

    async def running_step_up(self, principal: Principal) -> LoginAttempt | None:
        """Return an open step-up of the caller's session in which no step was submitted yet, or None."""
        async with self._database.reading() as work:
            found = await work.login_attempts.find_for_session(
                principal.session.id, AttemptPurpose.STEP_UP, self._clock.now()
            )
        return found if found and not found.evidence and not found.submissions else None

    async def take_registration(
        self, attempt_id: str, binding: AttemptBinding
    ) -> tuple[WaitingRegistration, LoginAttempt] | None:
        """Return the registration of a user who does not exist yet, and the attempt by which it waits, which is
        finished, so that it works once. None when it is not open, or when this binding did not start it.
        """
        now = self._clock.now()
        async with self._database.writing() as work:
            attempt = await work.login_attempts.find_open(attempt_id, now)
            if (
                attempt is None
                or attempt.purpose is not AttemptPurpose.REGISTRATION
                or not self.holds(attempt, binding)
            ):
                return None
            return attempt.take(WaitingRegistration) if await work.login_attempts.finish(attempt_id, now) else None

    async def reserve(self, attempt: LoginAttempt) -> bool:
        """Take one of the attempt's submissions, before anything is checked. Returns False when none is left."""
        async with self._database.writing() as work:
            return await work.login_attempts.reserve(attempt.id, self.policy.max_submissions, self._clock.now())

    def holds(self, attempt: LoginAttempt, binding: AttemptBinding) -> bool:
        """Return whether the client with this binding started the attempt."""
        secrets = [secret for secret in (binding.secret, binding.browser) if secret]
        ties = [digest for secret in secrets for digest in self._hasher.digests(_TIE, secret)]
        return attempt.binding_hash is not None and attempt.binding_hash in ties


async def _is_unchanged(work: UnitOfWork, user: User | None) -> bool:
    """Lock the user's row, and return whether it is as it was when the proof was checked.

    An attempt belongs to a user only from its first stored proof on, so events on the account cannot finish it before:
    a proof of what such an event has taken away must not be stored after it.
    """
    if user is None:
        return True
    held = await work.users.hold(user.id)
    return held is not None and _state_of(held) == _state_of(user)


def _state_of(user: User) -> tuple[object, ...]:
    return user.password_changed_at, user.second_factor_at, user.not_before, user.disabled_at, user.deleted_at


def _awaiting(attempt: LoginAttempt, offers: tuple[Offer, ...]) -> LoginAttempt:
    return attempt.awaiting(*(offer.pending for offer in offers if offer.pending is not None))
