"""The passkey step: enough alone when the passkey verified its user, else beside another proof."""

from dataclasses import dataclass

from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, PasskeyRefused
from vestibule.domain.login import EnrolledFactor, LoginAttempt, Method, MethodRule, Offer, Stage, StepVerified
from vestibule.domain.pending import PasskeyChallenge
from vestibule.domain.user import User
from vestibule.services.credentials.passkeys import VERIFIED, Passkeys
from vestibule.services.login.method import PasskeyProof, Proof, SecretMethod


@dataclass(eq=False, repr=False)
class PasskeyMethod(SecretMethod):
    """The passkey step. At the start the passkey is discoverable: it names the account itself, and nothing is revealed
    about any. Later it must be one of the account's. A challenge is used up by the first answer to it.
    """

    rule = MethodRule(
        Method.PASSKEY,
        EnrolledFactor.PASSKEY,
        VERIFIED,
        frozenset({Stage.START, Stage.CONTINUE}),
        amr=frozenset({"hwk", "swk"}),
    )

    _passkeys: Passkeys

    async def offer(self, _: LoginAttempt, user: User | None) -> Offer:
        """Return the options for using a passkey, with a fresh challenge."""
        challenge = self._passkeys.new_challenge()
        options = await self._passkeys.request(challenge, user)
        return Offer(Method.PASSKEY, {"publicKey": options}, PasskeyChallenge(challenge))

    async def prepare(self, attempt: LoginAttempt, user: User | None, _device: Device) -> Offer:
        """Return the offer again, with a fresh challenge."""
        return await self.offer(attempt, user)

    async def verify(
        self, attempt: LoginAttempt, user: User | None, proof: Proof, device: Device
    ) -> StepVerified | Denied:
        """Check the answer to this attempt's challenge. Denied: PasskeyRefused, UnknownPasskey; the audit log records
        it.
        """
        assert isinstance(proof, PasskeyProof)
        challenge = await self._spend(attempt)
        if challenge is None:
            return Denied(PasskeyRefused(private="no challenge, or it is spent"))
        found = await self._passkeys.used(challenge, proof.answer, user, device)
        if isinstance(found, Denied):
            return await self.refuse(found, user, device)
        owner, assertion = found
        return StepVerified(owner, self._passkeys.evidence(assertion))

    async def _spend(self, attempt: LoginAttempt) -> str | None:
        taken = attempt.take(PasskeyChallenge)
        if taken is None:
            return None
        item, rest = taken
        async with self._database.writing() as work:
            spent = await work.login_attempts.replace(attempt, rest, self._clock.now())
        return item.challenge if spent else None
