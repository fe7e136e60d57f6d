"""The own account."""

import json
from typing import Annotated, Any
from zoneinfo import available_timezones

from msgspec import UNSET, Meta, UnsetType

from vestibule import i18n
from vestibule.domain.audit import AuditEvent
from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.schemas.base import Input, Output, Password, Timestamp, Word, timestamp
from vestibule.schemas.users import SafeUser


class ChangePasswordRequest(Input):
    """The current password (when the account has one) and the new one."""

    new_password: Password
    current_password: Password | None = None

    def check(self) -> None:
        """Raises ValidationFailed for a change to the same password."""
        new, current = self.new_password, self.current_password
        if new == current:  # both are the caller's own words
            unchanged = FieldError("password_unchanged", "Choose a password that differs from the current one.")
            raise ValidationFailed(fields={"newPassword": unchanged})


class AccountView(Output):
    """The own account."""

    user: SafeUser
    success: bool = True


class AccountChange(Input):
    """What to change; what is absent stays. A new `email` needs `currentPassword` or a fresh proof, and takes effect
    once confirmed.
    """

    username: Word | UnsetType = UNSET
    name: Annotated[str, Meta(max_length=100)] | UnsetType | None = UNSET
    locale: Word | UnsetType | None = UNSET
    time_zone: Word | UnsetType | None = UNSET
    email: Word | UnsetType = UNSET
    current_password: Password | UnsetType = UNSET

    def check(self) -> None:
        """Raises ValidationFailed for a language or time zone that does not exist."""
        faults = {}
        if isinstance(self.locale, str) and self.locale not in i18n.LANGUAGES:
            faults["locale"] = FieldError("unsupported_locale", f"Use one of {', '.join(i18n.LANGUAGES)}.")
        if isinstance(self.time_zone, str) and self.time_zone not in available_timezones():
            faults["timeZone"] = FieldError("unknown_time_zone", "Use an IANA name such as Europe/Berlin.")
        if faults:
            raise ValidationFailed(fields=faults)


class AccountChanged(Output):
    """The account after the change. `pendingEmail` waits for its confirmation."""

    user: SafeUser
    pending_email: str | None
    success: bool = True


class DeleteAccountRequest(Input):
    """Deleting needs the password or a fresh proof."""

    password: Password | None = None


class ActivityQuery(Input):
    """A page of the history: events older than `before`, at most `limit`."""

    before: Word = ""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class ActivityEvent(Output):
    """One thing that happened to the account."""

    id: str
    action: str
    at: Timestamp
    device: str
    ip: str
    session_id: str | None
    by_you: bool
    detail: dict[str, Any]


class ActivityPage(Output):
    """Newest first; `next` is the `before` of the next page."""

    events: list[ActivityEvent]
    next: str | None


def activity_event(event: AuditEvent) -> ActivityEvent:
    """An audit event as its subject sees it."""
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
