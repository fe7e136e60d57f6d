"""Whether every sign-in of an account requires a second factor: its user's choice. Callers have given a fresh proof."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.credential import SECOND_FACTOR_KINDS, CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Conflict, Denied
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller


@dataclass(eq=False, repr=False)
class SecondFactor:
    """Turns the requirement of a second factor on and off."""

    _database: Database
    _clock: Clock
    _changes: FactorChanges
    _notifications: Notifications

    async def choose(self, principal: Principal, device: Device, *, wanted: bool) -> Denied | None:
        """Require a second factor at every sign-in of the caller, or stop requiring it. Denied: Conflict when there is
        no factor, or while an authenticator app requires it; NotAuthenticated when the session ended.
        """
        action = Action.SECOND_FACTOR_ON if wanted else Action.SECOND_FACTOR_OFF
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            kinds = await work.credentials.kinds(user.id)
            if wanted and not kinds & SECOND_FACTOR_KINDS:
                return Denied(Conflict("Add an authenticator app or a passkey first."))
            if not wanted and CredentialKind.TOTP in kinds:
                return Denied(Conflict("Remove the authenticator app: it is there to be asked for."))
            if wanted == (user.second_factor_at is not None):
                return None
            await work.users.set_second_factor(user.id, self._clock.now() if wanted else None)
            await self._changes.note(work, action, user, device, session=principal.session.id)
            await self._notifications.second_factor(work, user, device, on=wanted)
        return None
