"""Another password for an account, or none any more."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.credential import CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Conflict, Denied, FieldError, LastMethod, WrongPassword
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.passkeys import stands_alone
from vestibule.services.credentials.password_changes import PasswordChanges
from vestibule.services.credentials.passwords import Passwords
from vestibule.services.sessions.held_caller import hold_caller
from vestibule.services.sessions.sessions import IssuedSession, Sessions


@dataclass(eq=False, repr=False)
class PasswordChange:
    """Changes and removes the caller's password. The routes require a fresh proof."""

    _database: Database
    _clock: Clock
    _passwords: Passwords
    _changes: PasswordChanges
    _sessions: Sessions

    async def change(self, principal: Principal, new: str, device: Device) -> IssuedSession | Denied:
        """Replace the current password, or set the first one of an account without. Other sessions end; this one goes
        on with a new secret. No device stays trusted. Denied: ValidationFailed; WrongPassword when the password was
        changed meanwhile; NotAuthenticated when the session ended. Raises Overloaded, PasswordCheckUnavailable.
        """
        user = principal.user
        password_hash = await self._passwords.hash_new(new, user, "newPassword")
        if isinstance(password_hash, Denied):
            return password_hash
        async with self._database.writing() as work:
            now = self._clock.now()
            held = await hold_caller(work, principal, now)
            if isinstance(held, Denied):
                return held
            if not await work.users.change_password(user.id, password_hash, user.password_changed_at, now):
                wrong = FieldError("wrong_password", WrongPassword.message)
                return Denied(WrongPassword(fields={"currentPassword": wrong}))
            await self._changes.note(work, Action.PASSWORD_CHANGED, user, device, session=principal.session.id)
            return await self._sessions.rotate(work, principal.session)

    async def remove(self, principal: Principal, device: Device) -> IssuedSession | Denied:
        """Remove the password; possible while a passkey can sign in by itself. Other sessions end, as for a new
        password. Denied: LastMethod; Conflict while there is an authenticator app; NotAuthenticated when the session
        ended.
        """
        async with self._database.writing() as work:
            now = self._clock.now()
            user = await hold_caller(work, principal, now)
            if isinstance(user, Denied):
                return user
            passkeys = await work.credentials.list(user.id, CredentialKind.PASSKEY)
            if user.password_hash is None or not any(map(stands_alone, passkeys)):
                return Denied(LastMethod())
            if CredentialKind.TOTP in await work.credentials.kinds(user.id):
                return Denied(Conflict("The authenticator app stands beside the password: remove it first."))
            await work.users.remove_password(user.id, now)
            await self._changes.note(work, Action.PASSWORD_REMOVED, user, device, session=principal.session.id)
            return await self._sessions.rotate(work, principal.session)
