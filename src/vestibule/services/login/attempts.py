"""Attempts as they are kept: who began one, and what was gathered so far."""

from dataclasses import dataclass, replace

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.login import LoginAttempt, LoginPolicy, NeedsStep, Offer, Purpose
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import Door
from vestibule.repositories.unit_of_work import Database
from vestibule.services.identifiers import canonical_identifier

_TIE = "attempt"


@dataclass(frozen=True, slots=True, repr=False)
class Bound:
    """What a request shows beside its step: the attempt's secret, the browser's own before sign-in, the session, a
    trusted device; and whether this device shall be trusted from now on.
    """

    secret: str | None = None
    browser: str | None = None
    principal: Principal | None = None
    trusted: str | None = None
    remember: bool = False


class Attempts:
    """One row each, changed only against what was read: of two steps at once one is taken."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, hasher: TokenHasher, policy: LoginPolicy
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._hasher = hasher
        self.policy = policy

    def new(self, door: Door, purpose: Purpose, identifier: str) -> LoginAttempt:
        """An attempt that has proved nothing yet; it is stored once somebody has to come back to it."""
        now = self._clock.now()
        return LoginAttempt(
            id=new_id("attempt", now, self._entropy),
            purpose=purpose,
            door=door,
            binding_hash=None,
            session_id=None,
            identifier=canonical_identifier(identifier) if identifier else "",
            user_id=None,
            evidence=(),
            notes={},
            submissions=0,
            created_at=now,
            expires_at=now + self.policy.attempt_lifetime,
        )

    async def store(self, attempt: LoginAttempt, offers: tuple[Offer, ...], bound: Bound | None) -> NeedsStep:
        """Keep a new attempt, tied to the browser that began it, or to a secret that only its beginner gets. Of one
        browser there may be several at once, one in each tab. Without `bound` the session ties it.
        """
        browser = bound.browser if bound and attempt.door is Door.BROWSER else None
        known = browser is not None and tokens.is_shaped(tokens.PRESESSION, browser)
        secret = self._hasher.new(tokens.ATTEMPT) if bound and not known else None
        tie = browser if known else secret
        stored = replace(_with_notes(attempt, offers), binding_hash=self._hasher.digest(_TIE, tie) if tie else None)
        async with self._database.writing() as work:
            await work.login_attempts.add(stored)
        return NeedsStep(stored, offers, secret)

    async def keep(self, before: LoginAttempt, after: LoginAttempt, offers: tuple[Offer, ...]) -> NeedsStep | None:
        """Keep what was gathered; None when somebody else was faster."""
        stored = _with_notes(after, offers)
        async with self._database.writing() as work:
            kept = await work.login_attempts.replace(before, stored, self._clock.now())
        return NeedsStep(stored, offers) if kept else None

    async def open(self, attempt_id: str, bound: Bound) -> LoginAttempt | None:
        """An attempt to sign in or to step up that is open, and that whoever shows this may go on with."""
        async with self._database.reading() as work:
            attempt = await work.login_attempts.find_open(attempt_id, self._clock.now())
        if attempt is None or attempt.purpose not in (Purpose.SIGN_IN, Purpose.STEP_UP):
            return None
        if attempt.session_id is None:
            return attempt if self.holds(attempt, bound) else None
        holds = bound.principal is not None and bound.principal.session.id == attempt.session_id
        return attempt if holds else None

    async def running_step_up(self, principal: Principal) -> LoginAttempt | None:
        """A step-up of this session in which nothing has happened yet."""
        async with self._database.reading() as work:
            found = await work.login_attempts.find_for_session(principal.session.id, Purpose.STEP_UP, self._clock.now())
        return found if found and not found.evidence and not found.submissions else None

    async def take_registration(self, attempt_id: str, bound: Bound) -> LoginAttempt | None:
        """An attempt of somebody who does not exist yet, once."""
        now = self._clock.now()
        async with self._database.writing() as work:
            attempt = await work.login_attempts.find_open(attempt_id, now)
            if attempt is None or attempt.purpose is not Purpose.REGISTRATION or not self.holds(attempt, bound):
                return None
            return attempt if await work.login_attempts.finish(attempt_id, now) else None

    async def reserve(self, attempt: LoginAttempt) -> bool:
        """Take one of its submissions, before anything is checked."""
        async with self._database.writing() as work:
            return await work.login_attempts.reserve(attempt.id, self.policy.max_submissions, self._clock.now())

    def holds(self, attempt: LoginAttempt, bound: Bound) -> bool:
        """Whether whoever shows this began the attempt."""
        secrets = [secret for secret in (bound.secret, bound.browser) if secret]
        ties = [digest for secret in secrets for digest in self._hasher.digests(_TIE, secret)]
        return attempt.binding_hash is not None and attempt.binding_hash in ties


def _with_notes(attempt: LoginAttempt, offers: tuple[Offer, ...]) -> LoginAttempt:
    return attempt.noting(**{name: text for offer in offers for name, text in offer.notes.items()})
