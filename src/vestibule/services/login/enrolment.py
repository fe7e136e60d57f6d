"""Steps for a user who must have a second factor and has none: set one up, or postpone it until the operator's date."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.credential import SECOND_FACTOR_KINDS
from vestibule.domain.device import Device
from vestibule.domain.errors import AlreadyExists, AlreadyRegistered, Denied, InvalidAttempt, WrongCode
from vestibule.domain.instant import Instant
from vestibule.domain.login import (
    EnrolledFactor,
    Evidence,
    Factor,
    LoginAttempt,
    Method,
    MethodRule,
    Offer,
    Stage,
    StepVerified,
    Waiting,
    factors_of,
)
from vestibule.domain.pending import EnrolmentChallenge, TotpSeed
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.passkeys import VERIFIED, Passkeys
from vestibule.services.credentials.totp import Totp
from vestibule.services.login.method import Chosen, CodeProof, PasskeyProof, Plain, Proof
from vestibule.services.records.notifications import Notifications

_POSSESSION = frozenset({Factor.POSSESSION})
_ENROL = frozenset({Stage.ENROL})
_CHANGED = "the account changed meanwhile"


@dataclass(eq=False, repr=False)
class TotpEnrolment(Plain):
    """The step that sets up an authenticator app during sign-in."""

    rule = MethodRule(Method.TOTP_ENROLMENT, EnrolledFactor.NOTHING, _POSSESSION, _ENROL)

    _database: Database
    _clock: Clock
    _totp: Totp
    _changes: FactorChanges
    _notifications: Notifications

    async def offer(self, attempt: LoginAttempt, user: User | None) -> Offer:
        """Return a new seed, as text and as a picture; only the step's name while `user` is None."""
        if user is None:
            return Offer(Method.TOTP_ENROLMENT)
        seed = self._totp.draft(user.email)
        shown = {"secret": seed.secret, "uri": seed.uri, "qr": seed.qr}
        return Offer(Method.TOTP_ENROLMENT, shown, seed.pending)

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Denied:
        """Check the app's first code and store the app. Denied: WrongCode; InvalidAttempt when the account changed
        meanwhile.
        """
        assert isinstance(proof, CodeProof)
        taken = attempt.take(TotpSeed)
        if user is None or taken is None:
            return Denied(InvalidAttempt())
        seed, rest = taken
        made = self._totp.confirmed(user.id, seed, proof.code)
        if isinstance(made, Denied):
            return made
        async with self._database.writing() as work:
            held = await _held_for_enrolment(work, user)
            if held is None:
                return Denied(InvalidAttempt(private=_CHANGED))
            if not await work.login_attempts.replace(attempt, rest, self._clock.now()):
                return Denied(WrongCode(private="lost a race"))
            await self._totp.replace(work, made)
            await self._changes.turn_on(work, held)
            await self._changes.note(work, Action.TOTP_ADDED, held, device, keep_attempt=attempt.id)
            await self._notifications.totp_added(work, held, device)
            enrolled = await work.users.find(user.id) or held
        return StepVerified(enrolled, Evidence(Method.TOTP, _POSSESSION, "otp", self._clock.now()))


@dataclass(eq=False, repr=False)
class PasskeyEnrolment:
    """The step that creates a passkey during sign-in."""

    rule = MethodRule(Method.PASSKEY_ENROLMENT, EnrolledFactor.NOTHING, VERIFIED, _ENROL)

    _database: Database
    _clock: Clock
    _passkeys: Passkeys
    _changes: FactorChanges
    _notifications: Notifications

    async def offer(self, attempt: LoginAttempt, user: User | None) -> Offer:
        """Return the options for creating a passkey. Without a password in this attempt the passkey has to be two
        factors by itself, so it must verify its user.
        """
        if user is None:
            return Offer(Method.PASSKEY_ENROLMENT)
        challenge, display = self._passkeys.new_challenge(), user.display_name or user.username
        options = await self._passkeys.creation(
            challenge, user.id, user.username, display, must_verify=_is_alone(attempt)
        )
        return Offer(Method.PASSKEY_ENROLMENT, {"publicKey": options}, EnrolmentChallenge(challenge))

    async def prepare(self, attempt: LoginAttempt, user: User | None, _: Device) -> Offer | Waiting | Denied:
        """Return the offer again, with a fresh challenge."""
        return await self.offer(attempt, user)

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Denied:
        """Check the created passkey and store it. Denied: PasskeyRefused, AlreadyRegistered; InvalidAttempt when the
        account changed meanwhile.
        """
        assert isinstance(proof, PasskeyProof)
        taken = attempt.take(EnrolmentChallenge)
        if user is None or taken is None:
            return Denied(InvalidAttempt())
        item, rest = taken
        made = self._passkeys.made(item.challenge, proof.answer, must_verify=_is_alone(attempt))
        if isinstance(made, Denied):
            return made
        row = self._passkeys.credential(user.id, made, proof.name)
        try:
            async with self._database.writing() as work:
                held = await _held_for_enrolment(work, user)
                if held is None:
                    return Denied(InvalidAttempt(private=_CHANGED))
                if not await work.login_attempts.replace(attempt, rest, self._clock.now()):
                    return Denied(InvalidAttempt(private="lost a race"))
                await work.credentials.add(row)
                await self._changes.note(work, Action.PASSKEY_ADDED, held, device, keep_attempt=attempt.id)
                await self._notifications.passkey_added(work, held, device, row.name)
        except AlreadyExists:
            return Denied(AlreadyRegistered())
        return StepVerified(held, self._passkeys.evidence(made))


async def _held_for_enrolment(work: UnitOfWork, user: User) -> User | None:
    """Return the user's row, locked; None unless the account is still what the step was offered to: active, with the
    password that was proved, and without a second factor. A person who proved one factor must not add another beside
    the owner's.
    """
    held = await work.users.hold(user.id)
    if held is None or not held.is_active or held.second_factor_at is not None:
        return None
    if (
        held.password_changed_at != user.password_changed_at
        or await work.credentials.kinds(user.id) & SECOND_FACTOR_KINDS
    ):
        return None
    return held


def _is_alone(attempt: LoginAttempt) -> bool:
    return Factor.KNOWLEDGE not in factors_of(attempt.evidence)


class SkipEnrolment(Plain):
    """The step that postpones enrolment: possible until the operator's date."""

    rule = MethodRule(Method.SKIP_ENROLMENT, EnrolledFactor.NOTHING, frozenset(), frozenset({Stage.SKIP}))

    def __init__(self, clock: Clock, forced_from: Instant) -> None:
        self._clock = clock
        self._forced_from = forced_from

    async def offer(self, _: LoginAttempt, __: User | None) -> Offer:
        """Return until when enrolment may be postponed (microseconds since 1970 UTC)."""
        return Offer(Method.SKIP_ENROLMENT, {"until": self._forced_from})

    async def verify(self, _: LoginAttempt, user: User | None, proof: Proof, __: Device) -> StepVerified | Denied:
        """Return evidence of the choice. It proves nothing; the policy decides whether it counts."""
        assert isinstance(proof, Chosen)
        if user is None:
            return Denied(InvalidAttempt())
        return StepVerified(user, Evidence(Method.SKIP_ENROLMENT, frozenset(), "", self._clock.now()))
