"""The profile of an account, and its security history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from vestibule.domain.audit import Action, AuditEvent
from vestibule.domain.device import Device
from vestibule.domain.errors import AlreadyExists, Denied, FieldError, IdentifierTaken, ValidationFailed
from vestibule.domain.ports import Clock
from vestibule.domain.principal import Principal
from vestibule.domain.profile_fields import ProfileFields, Value, merged
from vestibule.domain.user import NAMES, User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.credentials.identifiers import USERNAME_TAKEN, parse_names, parse_username
from vestibule.services.records.audit import AuditLog
from vestibule.services.sessions.held_caller import hold_caller


@dataclass(frozen=True, slots=True, repr=False)
class ProfileChange:
    """What a change of the profile sets; what is not in it stays. `texts`: by the fields of `User`; `profile`: by the
    names of declared profile fields. None removes one.
    """

    texts: Mapping[str, str | None]
    profile: Mapping[str, object]


_Parsed = tuple[dict[str, Any], dict[str, Value | None]]


@dataclass(eq=False, repr=False)
class Account:
    """Changes the profile, and lists the account's security history."""

    _database: Database
    _clock: Clock
    _audit: AuditLog
    _profile_fields: ProfileFields

    def check(self, change: ProfileChange) -> Denied | None:
        """Check all rules that need no lookup. Denied (ValidationFailed) names every member that breaks one."""
        parsed = self._parsed(change)
        return parsed if isinstance(parsed, Denied) else None

    async def change_profile(self, principal: Principal, change: ProfileChange, device: Device) -> User | Denied:
        """Change the profile and return the user as stored afterwards; a change to what is stored already leaves no
        trace. Denied: ValidationFailed; IdentifierTaken for a username in use; NotAuthenticated when the session ended.
        """
        parsed = self._parsed(change)
        if isinstance(parsed, Denied):
            return parsed
        texts, profile = parsed
        try:
            async with self._database.writing() as work:
                now = self._clock.now()
                held = await hold_caller(work, principal, now)
                if isinstance(held, Denied):
                    return held
                changed = replace(held, **texts, profile=merged(held.profile, profile))
                if changed == held:
                    return held
                await work.users.set_profile(changed, now)
                await self._audit.record_by_caller(work, Action.UPDATED, device, principal)
                return await work.users.find(held.id) or changed
        except AlreadyExists:
            return Denied(IdentifierTaken(fields={"username": USERNAME_TAKEN}))

    async def activity(self, user_id: str, before: str, count: int) -> Sequence[AuditEvent]:
        """Return up to `count` events of the caller's own security history, newest first, older than the event `before`
        (empty: from the newest).
        """
        async with self._database.reading() as work:
            return await work.audit_events.about(user_id, before, count)

    def _parsed(self, change: ProfileChange) -> _Parsed | Denied:
        """Return the new values of columns and of profile fields. Denied (ValidationFailed) names every member that
        breaks a rule.
        """
        names, errors = parse_names({field: text for field, text in change.texts.items() if field in NAMES})
        profile, wrong_values = self._profile_fields.parse(change.profile, complete=False)
        texts: dict[str, Any] = {**change.texts, **names}
        errors |= wrong_values
        if "username" in change.texts:
            username = parse_username(change.texts["username"] or "")
            if isinstance(username, FieldError):
                errors["username"] = username
            else:
                texts |= {"username": username.text, "username_canonical": username.canonical}
        return Denied(ValidationFailed(fields=errors)) if errors else (texts, profile)
