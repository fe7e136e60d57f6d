"""Signing in: at once with a password, or step by step."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.domain.instant import SECOND
from vestibule.domain.login import NeedsStep, Offer
from vestibule.domain.session import Door
from vestibule.schemas.base import Input, Output, Password, Secret, Timestamp, Word, timestamp
from vestibule.schemas.users import SafeUser
from vestibule.services.login.method import Asked, Chosen, CodeProof, PasskeyProof, PasswordProof, Proof


class LoginRequest(Input):
    """A password sign-in: one of `credential`, `email` and `username` says who."""

    password: Password
    credential: Word | None = None
    email: Word | None = None
    username: Word | None = None

    def account(self) -> str:
        """Which account this is about. Raises ValidationFailed."""
        return self.identifier()

    def identifier(self) -> str:
        """The one identifier that was sent. Raises ValidationFailed."""
        given = [text for text in (self.credential, self.email, self.username) if text is not None]
        if len(given) == 1 and given[0].strip():
            return given[0]
        sentence = "Please provide a valid email or username." if not given else "Send exactly one identifier."
        fault = FieldError("required" if not any(given) else "ambiguous", sentence)
        raise ValidationFailed(fields={"credential": fault})


class TokenLoginRequest(LoginRequest):
    """The same through the token door; the refresh token comes in the body or in an HttpOnly cookie."""

    token_delivery: Literal["body", "cookie"] = "body"


class TokenLogin(Output):
    """Signed in through the token door. `refreshToken` is absent when it travels in the cookie."""

    user: SafeUser
    access_token: str
    refresh_token: str | None
    expires_in: int
    token_type: str = "Bearer"
    success: bool = True


class BrowserLogin(Output):
    """Signed in through the browser door."""

    user: SafeUser


class CurrentSession(Output):
    """Who is signed in here; null when nobody is."""

    user: SafeUser | None
    session_id: str | None = None
    expires_at: str | None = None
    aal: int | None = None


DOORS = {"cookie": Door.BROWSER, "token": Door.TOKEN}
DoorName = Literal["cookie", "token"]
Digits = Annotated[str, Meta(pattern="^[0-9]{6}$")]


class LoginStart(Input):
    """Who wants to sign in (nobody, for a passkey that names its account), and through which door."""

    identifier: Word = ""
    door: DoorName = "cookie"
    token_delivery: Literal["body", "cookie"] = "body"


class _Step(Input, tag_field="method"):
    """What every step may carry: the secret of a token-door attempt, and the wish to remember this browser."""

    secret: Secret | None = None
    remember_device: bool = False


class PasswordStep(_Step, tag="password", kw_only=True):
    """The password."""

    password: Password

    def proof(self) -> Proof | None:
        """What it proves."""
        return PasswordProof(self.password)


class PasskeyStep(_Step, tag="passkey", kw_only=True):
    """What the browser's credential API answered; without it, a fresh challenge is made."""

    credential: dict[str, Any] | None = None

    def proof(self) -> Proof | None:
        """What it proves."""
        return None if self.credential is None else PasskeyProof(self.credential)


class TotpStep(_Step, tag="totp", kw_only=True):
    """The six digits that the authenticator app shows."""

    code: Digits

    def proof(self) -> Proof | None:
        """What it proves."""
        return CodeProof(self.code)


class RecoveryCodeStep(_Step, tag="recovery_code", kw_only=True):
    """One of the recovery codes; dashes, blanks and capitals do not matter."""

    code: Annotated[str, Meta(min_length=1, max_length=32)]

    def proof(self) -> Proof | None:
        """What it proves."""
        return CodeProof(self.code)


class EmailLinkStep(_Step, tag="email_link", kw_only=True):
    """Send the mail (`send`), or ask whether its link was opened; the link itself goes to /api/login/links."""

    send: bool = False

    def proof(self) -> Proof | None:
        """Asking is no proof."""
        return None if self.send else Asked()


class EmailCodeStep(_Step, tag="email_code", kw_only=True):
    """The six digits of the mail; without them, the mail is sent."""

    code: Digits | None = None

    def proof(self) -> Proof | None:
        """What it proves."""
        return None if self.code is None else CodeProof(self.code)


class TotpEnrolmentStep(_Step, tag="totp_enrolment", kw_only=True):
    """The first code of an app that was set up on the way in."""

    code: Digits

    def proof(self) -> Proof | None:
        """What it proves."""
        return CodeProof(self.code)


class PasskeyEnrolmentStep(_Step, tag="passkey_enrolment", kw_only=True):
    """A passkey made on the way in; without it, a fresh challenge is made."""

    credential: dict[str, Any] | None = None
    name: Word = ""

    def proof(self) -> Proof | None:
        """What it proves."""
        return None if self.credential is None else PasskeyProof(self.credential, self.name)


class SkipEnrolmentStep(_Step, tag="skip_enrolment", kw_only=True):
    """Not now."""

    def proof(self) -> Proof | None:
        """Choosing it is all."""
        return Chosen()


class FactorRecoveryStep(_Step, tag="factor_recovery", kw_only=True):
    """The second factor is lost: with `confirm`, begin to wait, or go on once the wait is over; else, how it stands."""

    confirm: bool = False

    def proof(self) -> Proof | None:
        """Choosing it is all."""
        return Chosen() if self.confirm else None


StepRequest = (
    PasswordStep | PasskeyStep | TotpStep | RecoveryCodeStep | EmailLinkStep | EmailCodeStep
    | TotpEnrolmentStep | PasskeyEnrolmentStep | SkipEnrolmentStep | FactorRecoveryStep
)  # fmt: skip


class AttemptView(Output, omit_defaults=True):
    """A half-finished login. `secret` is shown once, at the token door: send it with every step."""

    id: str
    expires_at: Timestamp
    secret: str | None = None


class StepView(Output):
    """A step that may come next. `options` hold what it takes, such as `publicKey` for the credential API."""

    method: str
    options: dict[str, Any]


class LoginAnswer(Output, omit_defaults=True):
    """`needs_step`: one of `steps` comes next. `waiting`: a mail is on its way, or not confirmed yet; ask again.
    `signed_in`: the session is there, as cookie or as tokens.
    """

    status: Literal["needs_step", "waiting", "signed_in"]
    attempt: AttemptView | None = None
    steps: list[StepView] | None = None
    user: SafeUser | None = None
    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None
    token_type: str | None = None


class LinkRequest(Input):
    """The token of a mailed link. Without `confirm` nothing happens: it only says what would be let in."""

    token: Secret
    confirm: bool = False


class LinkView(Output):
    """Where the sign-in was begun. `here`: in this very browser, with this attempt."""

    confirmed: bool
    device: str
    ip: str
    at: Timestamp
    here: bool
    attempt: str


def attempt_view(needs: NeedsStep) -> AttemptView:
    """An attempt as its beginner sees it."""
    secret = needs.secret if needs.attempt.door is Door.TOKEN else None
    return AttemptView(id=needs.attempt.id, expires_at=timestamp(needs.attempt.expires_at), secret=secret)


def step_view(offer: Offer) -> StepView:
    """A step on the wire: times as text, durations in seconds."""
    return StepView(method=offer.method, options={name: _readable(name, v) for name, v in offer.options.items()})


def steps_of(needs: NeedsStep) -> LoginAnswer:
    """The next steps."""
    return LoginAnswer(
        status="needs_step", attempt=attempt_view(needs), steps=[step_view(offer) for offer in needs.offers]
    )


def _readable(name: str, value: object) -> object:
    if not isinstance(value, int) or isinstance(value, bool):
        return value
    return value // SECOND if name == "delay" else timestamp(value)
