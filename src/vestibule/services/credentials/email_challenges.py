"""Proof of an address: the email with six digits to type and a link to open, and who gives way to the proof."""

from vestibule.domain.instant import Instant
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.user import Identifier, User
from vestibule.repositories.unit_of_work import UnitOfWork
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.one_time_codes import DraftedDigits, OneTimeCodes
from vestibule.services.records.notifications import Notifications

_BY_ADDRESS = (CodePurpose.EMAIL_VERIFICATION, CodePurpose.SIGN_IN, CodePurpose.PASSWORD_RESET)


class EmailChallenges:
    """Sends the email that proves an address; shared by registration, resending and a change of address."""

    def __init__(self, codes: OneTimeCodes, limits: RateLimits, notifications: Notifications) -> None:
        self._codes = codes
        self._limits = limits
        self._notifications = notifications

    async def draft(self) -> DraftedDigits:
        """Create the six digits of an email and hash them. This is slow: call it before the transaction. Raises
        Overloaded.
        """
        return await self._codes.draft_digits()

    async def may_mail(self, work: UnitOfWork, canonical: str) -> bool:
        """Take one use of the email limit of the address `canonical`; return whether one more requested email may go
        there.
        """
        return await self._limits.may_mail(work, canonical)

    async def send(
        self, work: UnitOfWork, user: User, email: Identifier, drafted: DraftedDigits, *, owner: User | None = None
    ) -> bool:
        """Queue the email in the transaction `work`. Returns False when the address has had its share of emails for
        now; older codes then stay valid.

        `owner`: the other user who has this address already. They get no code, but a notice that the address is in use;
        everything else is done alike, so that the difference cannot be observed.
        """
        if not await self.may_mail(work, email.canonical):
            return False
        lifetime = self._codes.policy.verification_lifetime
        code = await self._codes.issue(work, CodePurpose.EMAIL_VERIFICATION, user.id, email.text, lifetime, drafted)
        if owner is None:
            await self._notifications.verify_email(work, user, email.text, code)
        elif owner.is_active:
            await self._notifications.account_exists(work, owner)
        return True


async def free_address(work: UnitOfWork, canonical: str, keep: str, now: Instant) -> None:
    """Take an address from every account but `keep` that never verified it, in any state, also a deleted one.

    Otherwise an anonymous registration with an address that an intruder has left would stop its owner's undo.
    """
    for user_id in await work.users.free_email(canonical, keep):
        for purpose in _BY_ADDRESS:
            await work.one_time_codes.void(user_id, purpose, now)
