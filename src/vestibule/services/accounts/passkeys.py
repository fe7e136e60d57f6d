"""The passkeys of an account, as its page changes them. Callers have given a fresh proof."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.domain.audit import Action
from vestibule.domain.credential import Credential, CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import AlreadyExists, AlreadyRegistered, Denied, InvalidAttempt, LastMethod, NotFound
from vestibule.domain.pending import PasskeyChallenge
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.ceremonies import Ceremonies, Ceremony
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.passkeys import NAME_LIMIT, Passkeys, stands_alone
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications
from vestibule.services.sessions.held_caller import hold_caller


@dataclass(eq=False, repr=False)
class AccountPasskeys:
    """Adds, renames and removes the passkeys of the caller's account."""

    _database: Database
    _clock: Clock
    _ceremonies: Ceremonies
    _passkeys: Passkeys
    _changes: FactorChanges
    _notifications: Notifications
    _audit: AuditLog

    async def begin(self, principal: Principal) -> Ceremony:
        """Start a ceremony for one new passkey: its challenge is bound to the caller's session."""
        user = principal.user
        challenge = self._passkeys.new_challenge()
        options = await self._passkeys.creation(challenge, user.id, user.username, user.display_name or user.username)
        return Ceremony(await self._ceremonies.begin(principal, PasskeyChallenge(challenge)), options)

    async def add(
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

    async def rename(self, principal: Principal, passkey: str, name: str, device: Device) -> Denied | None:
        """Rename one of the caller's passkeys. Denied: NotFound, NotAuthenticated when the session ended."""
        async with self._database.writing() as work:
            user = await hold_caller(work, principal, self._clock.now())
            if isinstance(user, Denied):
                return user
            if not await work.credentials.rename(principal.user.id, passkey, name.strip()[:NAME_LIMIT] or "Passkey"):
                return Denied(NotFound("There is no such passkey."))
            await self._audit.record_by_caller(work, Action.PASSKEY_RENAMED, device, principal)
        return None

    async def remove(self, principal: Principal, passkey: str, device: Device) -> Denied | None:
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
