"""The sign-in methods of the account page: the overview, and every change. Callers have given a fresh proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.crypto.webauthn import RelyingParty
from vestibule.domain.audit import Action
from vestibule.domain.credential import SECOND_FACTOR_KINDS, Credential, CredentialKind, FactorRecovery, TrustedDevice
from vestibule.domain.device import Device
from vestibule.domain.errors import (
    AlreadyExists,
    AlreadyRegistered,
    Conflict,
    Denied,
    InvalidAttempt,
    LastMethod,
    NotFound,
    StepNotOffered,
)
from vestibule.domain.login import Evidence, Factor, Method, assurance_of
from vestibule.domain.pending import PasskeyChallenge, TotpSeed
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.ceremonies import Ceremonies, Ceremony
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.factor_recovery import FactorRecoveries
from vestibule.services.credentials.passkeys import NAME_LIMIT, Passkeys, stands_alone
from vestibule.services.credentials.recovery_codes import RecoveryCodes
from vestibule.services.credentials.totp import NewSeed, Totp
from vestibule.services.credentials.trusted_devices import TrustedDevices
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller
from vestibule.services.sessions.sessions import IssuedSession, Sessions

_POSSESSION = frozenset({Factor.POSSESSION})
_APP_IS_SECOND = "An authenticator app stands beside a password: set a password first."


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that gives access to an account or guards it."""

    has_password: bool
    passkeys: Sequence[Credential]
    totp: Credential | None
    recovery_codes_left: int
    wants_second_factor: bool
    trusted_devices: Sequence[TrustedDevice]
    recovery: FactorRecovery | None


class SignInMethods:
    """Lists and changes passkeys, the authenticator app, recovery codes, and the requirement of a second factor."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ceremonies: Ceremonies,
        passkeys: Passkeys,
        totp: Totp,
        recovery_codes: RecoveryCodes,
        sessions: Sessions,
        trusted: TrustedDevices,
        recoveries: FactorRecoveries,
        changes: FactorChanges,
        notifications: Notifications,
        audit: AuditLog,
        *,
        totp_allowed: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ceremonies = ceremonies
        self._passkeys = passkeys
        self._totp = totp
        self._recovery_codes = recovery_codes
        self._sessions = sessions
        self._trusted = trusted
        self._recoveries = recoveries
        self._changes = changes
        self._notifications = notifications
        self._audit = audit
        self._totp_allowed = totp_allowed

    @property
    def party(self) -> RelyingParty:
        """This service, as authenticators identify it (WebAuthn's relying party)."""
        return self._passkeys.party

    async def overview(self, principal: Principal) -> Overview:
        """Return the sign-in methods and trusted devices that the caller has."""
        user = principal.user
        async with self._database.reading() as work:
            passkeys = await work.credentials.list(user.id, CredentialKind.PASSKEY)
            apps = await work.credentials.list(user.id, CredentialKind.TOTP)
            codes = await work.credentials.list(user.id, CredentialKind.RECOVERY_CODE)
        return Overview(
            has_password=user.password_hash is not None,
            passkeys=passkeys,
            totp=apps[0] if apps else None,
            recovery_codes_left=len(codes),
            wants_second_factor=user.second_factor_at is not None,
            trusted_devices=await self._trusted.list(user.id),
            recovery=await self._recoveries.running(user.id),
        )

    async def begin_passkey(self, principal: Principal) -> Ceremony:
        """Start a ceremony for one new passkey: its challenge is bound to the caller's session."""
        user = principal.user
        challenge = self._passkeys.new_challenge()
        options = await self._passkeys.creation(challenge, user.id, user.username, user.display_name or user.username)
        return Ceremony(await self._ceremonies.begin(principal, PasskeyChallenge(challenge)), options)

    async def add_passkey(
        self,
        principal: Principal,
        ceremony: str,
        answer: Mapping[str, Any],
        name: str,
        device: Device,
        *,
        silent: bool = False,
    ) -> Credential | Denied:
        """Check the created passkey and store it. Other sessions stay; no device stays trusted. `silent`: it was
        created without user interaction. Denied: InvalidAttempt, PasskeyRefused, AlreadyRegistered, NotAuthenticated.
        """
        item = await self._ceremonies.take(principal, ceremony, PasskeyChallenge)
        if item is None:
            return Denied(InvalidAttempt())
        made = self._passkeys.made(item.challenge, answer, silent=silent)
        if isinstance(made, Denied):
            return made
        row = self._passkeys.credential(principal.user.id, made, name)
        try:
            async with self._database.writing() as work:
                user = await hold_caller(work, principal, self._clock.now())
                if isinstance(user, Denied):
                    return user
                await work.credentials.add(row)
                await self._changes.note(
                    work, Action.PASSKEY_ADDED, user, device, session=principal.session.id, passkey=row.id
                )
                await self._notifications.passkey_added(work, user, device, row.name)
        except AlreadyExists:
            return Denied(AlreadyRegistered())
        return row

    async def rename_passkey(self, principal: Principal, passkey: str, name: str, device: Device) -> Denied | None:
        """Rename one of the caller's passkeys. Denied: NotFound, NotAuthenticated when the session ended."""
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if not await work.credentials.rename(principal.user.id, passkey, name.strip()[:NAME_LIMIT] or "Passkey"):
                return Denied(NotFound("There is no such passkey."))
            await self._audit.record(
                work, Action.PASSKEY_RENAMED, device, subject=principal.user.id, session=principal.session.id
            )
        return None

    async def remove_passkey(self, principal: Principal, passkey: str, device: Device) -> Denied | None:
        """Remove one of the caller's passkeys. Denied: NotFound; LastMethod, as the last way to sign in stays;
        NotAuthenticated.
        """
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            known = await work.credentials.list(user.id, CredentialKind.PASSKEY)
            row = next((found for found in known if found.id == passkey), None)
            if row is None:
                return Denied(NotFound("There is no such passkey."))
            left = [found for found in known if found.id != passkey]
            if user.password_hash is None and not any(map(stands_alone, left)):
                return Denied(LastMethod())
            await work.credentials.remove(user.id, passkey)
            await self._changes.settle(work, user)
            await self._changes.note(
                work, Action.PASSKEY_REMOVED, user, device, session=principal.session.id, passkey=passkey
            )
            await self._notifications.passkey_removed(work, user, device, row.name)
        return None

    async def begin_totp(self, principal: Principal) -> tuple[str, NewSeed] | Denied:
        """Return a ceremony's id and a seed to put into an app; nothing changes before the app's first code. Denied:
        StepNotOffered when apps are switched off, Conflict for an account without a password.
        """
        if not self._totp_allowed:
            return Denied(StepNotOffered("Authenticator apps are switched off here."))
        if principal.user.password_hash is None:
            return Denied(Conflict(_APP_IS_SECOND))
        seed = self._totp.draft(principal.user.email)
        return await self._ceremonies.begin(principal, seed.pending), seed

    async def add_totp(
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

    async def remove_totp(self, principal: Principal, device: Device) -> Denied | None:
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

    async def make_recovery_codes(self, principal: Principal, device: Device) -> list[str] | Denied:
        """Return ten new recovery codes; the old ones do not work any more. Denied: Conflict for an account without a
        second factor, NotAuthenticated when the session ended. Raises Overloaded.
        """
        plain, rows = await self._recovery_codes.draft(principal.user.id)
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if not await work.credentials.kinds(user.id) & SECOND_FACTOR_KINDS:
                return Denied(Conflict("Recovery codes stand in for a second factor: add one first."))
            await self._recovery_codes.replace(work, user.id, rows)
            await self._changes.note(work, Action.RECOVERY_CODES_MADE, user, device, session=principal.session.id)
            await self._notifications.recovery_codes_made(work, user, device)
        return plain

    async def set_second_factor(self, principal: Principal, device: Device, *, wanted: bool) -> Denied | None:
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

    async def _draft_missing_codes(self, principal: Principal) -> tuple[list[str], list[Credential]]:
        """Return recovery codes for an account that has none, else none; hashing ten is too slow for the transaction
        that stores them.
        """
        async with self._database.reading() as work:
            kinds = await work.credentials.kinds(principal.user.id)
        return (
            ([], []) if CredentialKind.RECOVERY_CODE in kinds else await self._recovery_codes.draft(principal.user.id)
        )
