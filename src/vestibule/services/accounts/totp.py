"""The authenticator app of an account, as its page changes it. Callers have given a fresh proof."""

from dataclasses import dataclass

from vestibule.domain.audit import Action
from vestibule.domain.credential import Credential, CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Conflict, Denied, InvalidAttempt, NotFound, StepNotOffered
from vestibule.domain.login import Evidence, Factor, Method, assurance_of
from vestibule.domain.pending import TotpSeed
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.ceremonies import Ceremonies
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.recovery_codes import RecoveryCodes
from vestibule.services.credentials.totp import NewSeed, Totp
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller
from vestibule.services.sessions.sessions import IssuedSession, Sessions

_POSSESSION = frozenset({Factor.POSSESSION})
_APP_IS_SECOND = "An authenticator app stands beside a password: set a password first."


@dataclass(eq=False, repr=False)
class AccountTotp:
    """Sets up and removes the authenticator app of the caller's account."""

    _database: Database
    _clock: Clock
    _ceremonies: Ceremonies
    _totp: Totp
    _recovery_codes: RecoveryCodes
    _sessions: Sessions
    _changes: FactorChanges
    _notifications: Notifications

    async def begin(self, principal: Principal) -> tuple[str, NewSeed] | Denied:
        """Return a ceremony's id and a seed to put into an app; nothing changes before the app's first code. Denied:
        StepNotOffered when apps are switched off, Conflict for an account without a password.
        """
        if not self._totp.may_be_added:
            return Denied(StepNotOffered("Authenticator apps are switched off here."))
        if principal.user.password_hash is None:
            return Denied(Conflict(_APP_IS_SECOND))
        seed = self._totp.draft(principal.user.email)
        return await self._ceremonies.begin(principal, seed.pending), seed

    async def add(
        self, principal: Principal, ceremony: str, typed: str, device: Device
    ) -> tuple[list[str], IssuedSession] | Denied:
        """Check the app's first code, which turns the second factor on; recovery codes come with it when there are
        none. Denied: InvalidAttempt, WrongCode, Conflict for an account without a password, NotAuthenticated. Raises
        Overloaded.

        The caller's session has the factor from now on, under a new secret. Its proof gets no younger: a thief of the
        session could set up an app too.
        """
        seed = await self._ceremonies.take(principal, ceremony, TotpSeed, keep=True)
        if seed is None:
            return Denied(InvalidAttempt())
        made = self._totp.confirmed(principal.user.id, seed, typed)
        if isinstance(made, Denied):
            return made
        plain, rows = await self._draft_missing_codes(principal)
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if user.password_hash is None:
                return Denied(Conflict(_APP_IS_SECOND))
            if not await work.login_attempts.finish(ceremony, self._clock.now()):
                return Denied(InvalidAttempt())
            await self._totp.replace(work, made)
            if rows:
                await self._recovery_codes.replace(work, user.id, rows)
            await self._changes.turn_on(work, user)
            await self._changes.note(work, Action.TOTP_ADDED, user, device, session=principal.session.id)
            await self._notifications.totp_added(work, user, device)
            session = principal.session
            proof = Evidence(Method.TOTP, _POSSESSION, "otp", session.authenticated_at)
            issued = await self._sessions.step_up(work, session, assurance_of(session).plus(proof))
        return plain, issued or IssuedSession(principal.session, None)

    async def remove(self, principal: Principal, device: Device) -> Denied | None:
        """Remove the authenticator app. Denied: NotFound when there is none; NotAuthenticated."""
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if not await work.credentials.remove_kind(user.id, CredentialKind.TOTP):
                return Denied(NotFound("There is no authenticator app."))
            await self._changes.settle(work, user)
            await self._changes.note(work, Action.TOTP_REMOVED, user, device, session=principal.session.id)
            await self._notifications.totp_removed(work, user, device)
        return None

    async def _draft_missing_codes(self, principal: Principal) -> tuple[list[str], list[Credential]]:
        """Return recovery codes for an account that has none, else none; hashing ten is too slow for the transaction
        that stores them.
        """
        async with self._database.reading() as work:
            kinds = await work.credentials.kinds(principal.user.id)
        return (
            ([], []) if CredentialKind.RECOVERY_CODE in kinds else await self._recovery_codes.draft(principal.user.id)
        )
