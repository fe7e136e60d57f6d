"""Schemas of the caller's own account."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import available_timezones

from msgspec import UNSET, Meta, UnsetType

from vestibule import i18n
from vestibule.domain.audit import AuditEvent
from vestibule.domain.errors import FieldError
from vestibule.schemas.base import Input, Output, Password, Timestamp, Word, timestamp
from vestibule.schemas.users import SafeUser


class ChangePasswordRequest(Input):
    """The new password, and the current one if the account has one."""

    new_password: Password
    current_password: Password | None = None

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of a change to the same password."""
        new, current = self.new_password, self.current_password
        if new != current:  # comparing in constant time is pointless: the caller sent both
            return {}
        sentence = "Choose a password that differs from the current one."
        return {"newPassword": FieldError("password_unchanged", sentence)}


class AccountView(Output):
    """The caller's account."""

    user: SafeUser
    success: bool = True


class AccountChange(Input):
    """The members to change; absent ones keep their value, null removes one, also within `profile`. A new `email` needs
    `currentPassword` or a fresh proof, and takes effect once it is confirmed.
    """

    username: Word | UnsetType = UNSET
    name: Word | UnsetType | None = UNSET
    first_name: Word | UnsetType | None = UNSET
    last_name: Word | UnsetType | None = UNSET
    locale: Word | UnsetType | None = UNSET
    time_zone: Word | UnsetType | None = UNSET
    profile: dict[str, Any] | UnsetType = UNSET
    email: Word | UnsetType = UNSET
    current_password: Password | UnsetType = UNSET

    def rules(self) -> Mapping[str, FieldError]:
        """Return the errors of an unsupported language and an unknown time zone."""
        errors = {}
        if isinstance(self.locale, str) and self.locale not in i18n.LANGUAGES:
            errors["locale"] = FieldError("unsupported_locale", f"Use one of {', '.join(i18n.LANGUAGES)}.")
        if isinstance(self.time_zone, str) and self.time_zone not in available_timezones():
            errors["timeZone"] = FieldError("unknown_time_zone", "Use an IANA name such as Europe/Berlin.")
        return errors


class AccountChanged(Output):
    """The account after the change. `pendingEmail` is a new address that has to be confirmed, or null."""

    user: SafeUser
    pending_email: str | None
    success: bool = True


class DeleteAccountRequest(Input):
    """The password, which is needed unless the session has a fresh proof."""

    password: Password | None = None


class ActivityQuery(Input):
    """A page of events: at most `limit` events that are older than the event with the id `before`."""

    before: Word = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class ActivityEvent(Output):
    """A security event of the account. `byYou`: the user caused it, not the operator or another party."""

    id: str
    action: str
    at: Timestamp
    device: str
    ip: str
    session_id: str | None
    by_you: bool
    detail: dict[str, Any]


class ActivityPage(Output):
    """A page of events, newest first. `next` is the value of `before` for the next page; null on the last one."""

    events: list[ActivityEvent]
    next: str | None


def activity_event(event: AuditEvent) -> ActivityEvent:
    """Return an audit event as the account's owner may see it."""
    return ActivityEvent(
        id=event.id,
        action=event.action,
        at=timestamp(event.occurred_at),
        device=event.device_label,
        ip=event.address,
        session_id=event.session_id,
        by_you=event.actor_id == event.subject_id,
        detail=json.loads(event.detail),
    )
