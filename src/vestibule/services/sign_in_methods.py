"""The account page's sign-in methods: what there is, and every change of it. Callers have proved themselves anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vestibule.crypto.entropy import new_id
from vestibule.crypto.webauthn import RelyingParty
from vestibule.db.engine import UniqueViolation
from vestibule.domain.audit import Action
from vestibule.domain.credential import SECOND_FACTOR_KINDS, Credential, CredentialKind, FactorRecovery, TrustedDevice
from vestibule.domain.device import Device
from vestibule.domain.errors import (
    AlreadyRegistered,
    Conflict,
    Denied,
    InvalidAttempt,
    LastMethod,
    NotFound,
    StepNotOffered,
)
from vestibule.domain.instant import MINUTE
from vestibule.domain.login import Assurance, LoginAttempt, Purpose
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.domain.session import Session
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog
from vestibule.services.factor_changes import FactorChanges
from vestibule.services.factor_recovery import FactorRecoveries
from vestibule.services.held_caller import hold_caller
from vestibule.services.notifications import Notifications
from vestibule.services.passkeys import NAME_LIMIT, Passkeys, stands_alone
from vestibule.services.recovery_codes import RecoveryCodes
from vestibule.services.sessions import IssuedSession, Sessions
from vestibule.services.totp import NewSeed, Totp
from vestibule.services.trusted_devices import TrustedDevices

_CEREMONY = 10 * MINUTE
_APP_IS_SECOND = "An authenticator app stands beside a password: set a password first."


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that opens or guards an account."""

    has_password: bool
    passkeys: Sequence[Credential]
    totp: Credential | None
    recovery_codes_left: int
    wants_second_factor: bool
    trusted_devices: Sequence[TrustedDevice]
    recovery: FactorRecovery | None


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A passkey about to be made: the attempt that holds its challenge, and what the browser needs."""

    id: str
    options: Mapping[str, Any]


class SignInMethods:
    """Passkeys, authenticator app, recovery codes, the second factor itself."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, passkeys: Passkeys, totp: Totp,
        recovery_codes: RecoveryCodes, sessions: Sessions, trusted: TrustedDevices, recoveries: FactorRecoveries,
        changes: FactorChanges, notifications: Notifications, audit: AuditLog, *, totp_allowed: bool,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._entropy = entropy
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
        """Who we are to authenticators."""
        return self._passkeys.party

    async def overview(self, principal: Principal) -> Overview:
        """What the caller has."""
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
        """A challenge for one new passkey, bound to this session."""
        user = principal.user
        challenge = self._passkeys.new_challenge()
        options = await self._passkeys.creation(challenge, user.id, user.username, user.name or user.username)
        attempt = await self._remember(principal, passkey=challenge)
        return Ceremony(attempt.id, options)

    async def add_passkey(
        self, principal: Principal, ceremony: str, answer: Mapping[str, Any], name: str, device: Device, *,
        silent: bool = False,
    ) -> Credential | Denied:  # fmt: skip
        """The passkey that was made for this challenge. Other sessions stay; every trusted device goes."""
        challenge = await self._recall(principal, ceremony, "passkey")
        if challenge is None:
            return Denied(InvalidAttempt())
        made = self._passkeys.made(challenge, answer, silent=silent)
        if isinstance(made, Denied):
            return made
        row = self._passkeys.credential(principal.user.id, made, name)
        try:
            async with self._database.writing() as work:
                user = await hold_caller(work, principal, self._clock.now())
                if isinstance(user, Denied):
                    return user
                await work.credentials.add(row)
                told = self._notifications.messages.passkey_added(user, row.name, self._notifications.facts(device))
                await self._changes.note(
                    work, Action.PASSKEY_ADDED, user, device, told, session=principal.session.id, passkey=row.id
                )
        except UniqueViolation:
            return Denied(AlreadyRegistered())
        return row

    async def rename_passkey(self, principal: Principal, passkey: str, name: str, device: Device) -> Denied | None:
        """Another name for one's own passkey."""
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
        """It opens nothing from now on. The last way to sign in stays."""
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
            told = self._notifications.messages.passkey_removed(user, row.name, self._notifications.facts(device))
            await self._changes.note(
                work, Action.PASSKEY_REMOVED, user, device, told, session=principal.session.id, passkey=passkey
            )
        return None

    async def begin_totp(self, principal: Principal) -> tuple[str, NewSeed] | Denied:
        """A seed to put into an app; nothing changes before its first code."""
        if not self._totp_allowed:
            return Denied(StepNotOffered("Authenticator apps are switched off here."))
        if principal.user.password_hash is None:
            return Denied(Conflict(_APP_IS_SECOND))
        seed = self._totp.draft(principal.user.email)
        attempt = await self._remember(principal, totp=f"{seed.id} {seed.sealed}")
        return attempt.id, seed

    async def add_totp(
        self, principal: Principal, ceremony: str, typed: str, device: Device
    ) -> tuple[list[str], IssuedSession] | Denied:
        """The app's first code turns the second factor on; recovery codes come with it when there are none. This
        session has the factor from now on, under a new secret. Its proof gets no younger: a thief of the session could
        set up an app too.
        """
        drafted = await self._recall(principal, ceremony, "totp", keep=True)
        if drafted is None:
            return Denied(InvalidAttempt())
        seed_id, _, sealed = drafted.partition(" ")
        made = self._totp.confirmed(principal.user.id, seed_id, sealed, typed)
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
            told = self._notifications.messages.totp_added(user, self._notifications.facts(device))
            await self._changes.note(work, Action.TOTP_ADDED, user, device, told, session=principal.session.id)
            issued = await self._sessions.step_up(work, principal.session, self._with_totp(principal.session))
        return plain, issued or IssuedSession(principal.session, None)

    async def remove_totp(self, principal: Principal, device: Device) -> Denied | None:
        """The app's codes open nothing from now on."""
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if not await work.credentials.remove_kind(user.id, CredentialKind.TOTP):
                return Denied(NotFound("There is no authenticator app."))
            await self._changes.settle(work, user)
            told = self._notifications.messages.totp_removed(user, self._notifications.facts(device))
            await self._changes.note(work, Action.TOTP_REMOVED, user, device, told, session=principal.session.id)
        return None

    async def make_recovery_codes(self, principal: Principal, device: Device) -> list[str] | Denied:
        """Ten new codes; the old ones are worthless."""
        plain, rows = await self._recovery_codes.draft(principal.user.id)
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if not await work.credentials.kinds(user.id) & SECOND_FACTOR_KINDS:
                return Denied(Conflict("Recovery codes stand in for a second factor: add one first."))
            await self._recovery_codes.replace(work, user.id, rows)
            told = self._notifications.messages.recovery_codes_made(user, self._notifications.facts(device))
            await self._changes.note(work, Action.RECOVERY_CODES_MADE, user, device, told, session=principal.session.id)
        return plain

    async def set_second_factor(self, principal: Principal, device: Device, *, wanted: bool) -> Denied | None:
        """Ask for a second factor at every sign-in, or not any more."""
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
            told = self._notifications.messages.second_factor(user, self._notifications.facts(device), on=wanted)
            await self._changes.note(work, action, user, device, told, session=principal.session.id)
        return None

    def _with_totp(self, session: Session) -> Assurance:
        level = 2 if "pwd" in session.amr else session.aal
        names = dict.fromkeys((*(name for name in session.amr if name != "mfa"), "otp"))
        return Assurance((*names, *(("mfa",) if level > 1 else ())), level, session.authenticated_at)

    async def _draft_missing_codes(self, principal: Principal) -> tuple[list[str], list[Credential]]:
        """Recovery codes for an account that has none; hashing ten is too slow for the transaction that stores them."""
        async with self._database.reading() as work:
            kinds = await work.credentials.kinds(principal.user.id)
        return (
            ([], []) if CredentialKind.RECOVERY_CODE in kinds else await self._recovery_codes.draft(principal.user.id)
        )

    async def _remember(self, principal: Principal, **notes: str) -> LoginAttempt:
        now = self._clock.now()
        attempt = LoginAttempt(
            new_id("attempt", now, self._entropy), Purpose.CEREMONY, principal.door, None, principal.session.id, "",
            principal.user.id, (), notes, 0, now, now + _CEREMONY,
        )  # fmt: skip
        async with self._database.writing() as work:
            await work.login_attempts.add(attempt)
        return attempt

    async def _recall(self, principal: Principal, ceremony: str, note: str, *, keep: bool = False) -> str | None:
        """What was noted for this session's ceremony. It is over with that, unless a code may be mistyped."""
        async with self._database.writing() as work:
            attempt = await work.login_attempts.find_open(ceremony, self._clock.now())
            if attempt is None or attempt.purpose is not Purpose.CEREMONY:
                return None
            if attempt.session_id != principal.session.id or note not in attempt.notes:
                return None
            if keep:
                alive = await work.login_attempts.reserve(ceremony, 10, self._clock.now())
            else:
                alive = await work.login_attempts.finish(ceremony, self._clock.now())
        return attempt.notes[note] if alive else None
