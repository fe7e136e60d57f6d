"""Forgotten passwords: a new password for the link that was emailed (`reset_links`)."""

from dataclasses import dataclass
from typing import TypeGuard

from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidCode, UsedCode
from vestibule.domain.one_time_code import CodePurpose, OneTimeCode
from vestibule.domain.ports import Clock
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.abuse.rate_limits import RateLimits
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.identifiers import canonical_identifier
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.credentials.password_changes import PasswordChanges
from vestibule.services.credentials.passwords import Passwords


@dataclass(eq=False, repr=False)
class PasswordReset:
    """Resets passwords. A reset replaces the password and ends every session. It never signs in, and changes no second
    factor, except on an unverified account: there everything that was added before goes.
    """

    _database: Database
    _clock: Clock
    _codes: OneTimeCodes
    _passwords: Passwords
    _limits: RateLimits
    _factor_changes: FactorChanges
    _changes: PasswordChanges

    async def reset(self, token: str, password: str, device: Device, *, email: str | None = None) -> User | Denied:
        """Set the password, by a link's token; the link, all sessions and all counted failures of the password end with
        it. `email`: the account that the link is expected to belong to, if the client states it. Returns the user.
        Denied: InvalidCode, ExpiredCode, UsedCode, ValidationFailed. Raises Overloaded, PasswordCheckUnavailable.
        """
        found = await self._find(token, email)
        if isinstance(found, Denied):
            return found
        code, user = found
        password_hash = await self._passwords.hash_new(password, user, "password")
        if isinstance(password_hash, Denied):
            return password_hash
        async with self._database.writing() as work:
            held = await work.users.hold(user.id)
            if not _may_reset(held, code):
                return Denied(InvalidCode(private="the account changed meanwhile"))
            if not await self._codes.consume(work, code):
                return Denied(UsedCode())
            await self._replace(work, held, password_hash, device)
        return held

    async def _find(self, token: str, email: str | None) -> tuple[OneTimeCode, User] | Denied:
        code = await self._codes.find_link(CodePurpose.PASSWORD_RESET, token)
        if isinstance(code, Denied):
            return code
        async with self._database.reading() as work:
            user = await work.users.find(code.user_id)
        if not _may_reset(user, code):
            return Denied(InvalidCode(private="the account is gone, disabled, or has another address now"))
        if email is not None and canonical_identifier(email) != code.bound_value:
            return Denied(InvalidCode(private="the link is another account's"))
        return code, user

    async def _replace(self, work: UnitOfWork, user: User, password_hash: str, device: Device) -> None:
        if user.email_verified_at is None:
            # The reader of this mailbox owns the account: what was added before by another person is removed.
            await self._factor_changes.disown(work, user, device)
        await self._changes.note(work, Action.PASSWORD_RESET, user, device)
        await work.users.set_password(user.id, password_hash, self._clock.now())
        await self._limits.release(work, user.id)


def _may_reset(user: User | None, code: OneTimeCode) -> TypeGuard[User]:
    return user is not None and user.is_reachable and user.email_canonical == code.bound_value
