"""Schemas of the steps that may come next in a sign-in: one for each method, with the options that it has."""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from vestibule.domain.instant import SECOND
from vestibule.domain.login import Offer
from vestibule.schemas.base import Output, Timestamp, timestamp


class NoOptions(Output):
    """The step needs nothing but its method."""


class PasskeyOptions(Output):
    """`publicKey` is what the browser's credential API takes (WebAuthn level 3, the JSON forms of its options)."""

    public_key: dict[str, Any]


class SeedOptions(Output):
    """A new authenticator app: the seed as text (base32), as an `otpauth` address, and as a picture (SVG)."""

    secret: str
    uri: str
    qr: str


class SkipOptions(Output):
    """`until`: when setting up a second factor can no longer be put off."""

    until: Timestamp


class RecoveryOptions(Output):
    """`delay`: how long the wait is, in seconds. Only while one is running: `readyAt`, its end, and `ready`, whether it
    is over.
    """

    delay: int
    ready_at: Timestamp | UnsetType = UNSET
    ready: bool | UnsetType = UNSET


class _Offer(Output, tag_field="method"):
    """A possible next step. `options` holds what the client needs for it."""


class _PlainOffer(_Offer):
    options: NoOptions


class PasswordOffer(_PlainOffer, tag="password"):
    """The password may come next."""


class PasskeyOffer(_Offer, tag="passkey"):
    """A passkey may come next: use one."""

    options: PasskeyOptions


class TotpOffer(_PlainOffer, tag="totp"):
    """The code that the authenticator app shows may come next."""


class RecoveryCodeOffer(_PlainOffer, tag="recovery_code"):
    """A recovery code may come next."""


class EmailLinkOffer(_PlainOffer, tag="email_link"):
    """A link by email may come next."""


class EmailCodeOffer(_PlainOffer, tag="email_code"):
    """A code by email may come next."""


class TotpEnrolmentOffer(_Offer, tag="totp_enrolment"):
    """An authenticator app may be set up next."""

    options: SeedOptions


class PasskeyEnrolmentOffer(_Offer, tag="passkey_enrolment"):
    """A passkey may be set up next: create one."""

    options: PasskeyOptions


class SkipEnrolmentOffer(_Offer, tag="skip_enrolment"):
    """Setting up a second factor may be put off."""

    options: SkipOptions


class FactorRecoveryOffer(_Offer, tag="factor_recovery"):
    """The second factor is lost: a wait may be started, or ended once it is over."""

    options: RecoveryOptions


StepView = (
    PasswordOffer
    | PasskeyOffer
    | TotpOffer
    | RecoveryCodeOffer
    | EmailLinkOffer
    | EmailCodeOffer
    | TotpEnrolmentOffer
    | PasskeyEnrolmentOffer
    | SkipEnrolmentOffer
    | FactorRecoveryOffer
)


def step_view(offer: Offer) -> StepView:
    """Return a step as sent to the client: times as text, durations in seconds. Raises msgspec.ValidationError for
    a method without a schema, and for options that are missing or of another type.
    """
    options = {name: _readable(name, value) for name, value in offer.options.items()}
    view: StepView = msgspec.convert({"method": str(offer.method), "options": options}, StepView)
    return view


def _readable(name: str, value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    return value // SECOND if name == "delay" else timestamp(value)
