"""Schemas for health, keys, CSRF, and the configuration that pages need before sign-in."""

from typing import Any

import msgspec

from vestibule.domain.profile_fields import FieldKind
from vestibule.schemas.base import Output


class HealthView(Output):
    """The process answers."""

    status: str


class ReadinessView(Output):
    """What works. `status` is ok, degraded (emails are late) or unavailable."""

    status: str
    checks: dict[str, bool]
    outbox_age_seconds: int
    dead_letters: int


class CsrfView(Output):
    """The CSRF token, also set as the cookie XSRF-TOKEN."""

    token: str = msgspec.field(name="XSRF-Token")


class JwksView(Output):
    """The public signing keys (RFC 7517)."""

    keys: list[dict[str, Any]]


class PasskeyEndpoints(Output):
    """Pages for password managers (W3C, A Well-Known URL for Relying Party Passkey Endpoints)."""

    enroll: str
    manage: str


class RelatedOrigins(Output):
    """Origins whose pages may use passkeys of this domain (Web Authentication Level 3, section 5.11)."""

    origins: list[str]


class ProfileFieldView(Output):
    """A declared profile field. `minimum`, `maximum`: of a text's length, or of a number; `choices`: of a choice."""

    name: str
    kind: FieldKind
    required: bool
    minimum: int | None
    maximum: int | None
    choices: list[str]


class ConfigView(Output):
    """The configuration that pages need before sign-in. `compatibility`: the profiles that are on."""

    product: str
    registration: str
    development: bool
    languages: list[str]
    password_min_length: int
    login_methods: list[str]
    trusted_device_days: int
    deletion_grace_days: int
    compatibility: list[str]
    profile_fields: list[ProfileFieldView]


class MailView(Output):
    """An email in the development mailbox."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    links: list[str]
    codes: list[str]
    sent_at: str
