"""The mail that asks somebody to prove an address: digits to type and a link to open."""

from vestibule.domain.one_time_code import Purpose
from vestibule.domain.user import Identifier, User
from vestibule.repositories.unit_of_work import UnitOfWork
from vestibule.services.notifications import Notifications
from vestibule.services.one_time_codes import DraftedDigits, OneTimeCodes
from vestibule.services.rate_limits import RateLimits


class EmailChallenges:
    """Shared by registration, resending and a change of address."""

    def __init__(self, codes: OneTimeCodes, limits: RateLimits, notifications: Notifications) -> None:
        self._codes = codes
        self._limits = limits
        self._notifications = notifications

    async def draft(self) -> DraftedDigits:
        """The slow part, before the transaction."""
        return await self._codes.draft_digits()

    async def may_mail(self, work: UnitOfWork, canonical: str) -> bool:
        """Whether this address may get one more requested mail for now."""
        return await self._limits.may_mail(work, canonical)

    async def send(
        self, work: UnitOfWork, user: User, email: Identifier, drafted: DraftedDigits, *, owner: User | None = None
    ) -> bool:
        """Queue the mail; False when this address has had its share for now, and older codes stay valid.

        An address that is another user's (`owner`) gets no code, but word that it is in use; all else is done alike.
        """
        if not await self.may_mail(work, email.canonical):
            return False
        lifetime = self._codes.policy.verification_lifetime
        token = await self._codes.issue(work, Purpose.EMAIL_VERIFICATION, user.id, email.text, lifetime, drafted)
        messages = self._notifications.messages
        if owner is None:
            await self._notifications.queue(
                work, messages.verify_email(user, email.text, token, drafted.digits, lifetime)
            )
        elif owner.is_active:
            await self._notifications.queue(work, messages.account_exists(owner))
        return True
