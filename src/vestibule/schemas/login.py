"""Schemas for signing in: at once with a password, or step by step."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from vestibule.domain.errors import FieldError
from vestibule.domain.login import NeedsStep
from vestibule.domain.session import SessionType
from vestibule.schemas.base import Input, Output, Password, Secret, Timestamp, Word, timestamp
from vestibule.schemas.offered_steps import StepView, step_view
from vestibule.schemas.typed_codes import TypedCode, code_errors, six_digits
from vestibule.schemas.users import SafeUser
from vestibule.services.login.method import Chosen, CodeProof, PasskeyProof, PasswordProof, PollForCompletion, Proof


class LoginRequest(Input, kw_only=True):
    """A sign-in with a password. Exactly one of `credential`, `email` and `username` names the account; an empty one
    counts as missing.
    """

    REQUIRED: ClassVar[Mapping[str, str]] = {"password": "Please provide a password."}

    credential: Word | None = None
    email: Word | None = None
    username: Word | None = None
    password: Password

    def rules(self) -> Mapping[str, FieldError]:
        """Return the errors of an account or a password that is missing, and of an account that is named twice."""
        found, sent = {}, self._sent()
        if not sent:
            found["credential"] = FieldError("required", "Please provide a valid email or username.")
        elif len(sent) > 1:
            found["credential"] = FieldError("ambiguous", "Send exactly one identifier.")
        if not self.password:
            found["password"] = FieldError("required", self.REQUIRED["password"])
        return found

    def account(self) -> str:
        """Return the identifier of the account."""
        return self.identifier()

    def identifier(self) -> str:
        """Return the one identifier that was sent."""
        return self._sent()[0]

    def _sent(self) -> list[str]:
        return [text for text in (self.credential, self.email, self.username) if text and text.strip()]


class TokenLoginRequest(LoginRequest, kw_only=True):
    """A sign-in with a password and a token session. `tokenDelivery`: how the refresh token is returned."""

    token_delivery: Literal["body", "cookie"] = "body"


class TokenLogin(Output):
    """Signed in with a token session. `refreshToken` is null if it was set as a cookie; `expiresIn` is in seconds."""

    user: SafeUser
    access_token: str
    refresh_token: str | None
    expires_in: int
    token_type: str = "Bearer"
    success: bool = True


class BrowserLogin(Output):
    """Signed in with a cookie session."""

    user: SafeUser


class CurrentSession(Output):
    """The signed-in user and the session; `user` is null if no one is signed in. `aal` is the assurance level."""

    user: SafeUser | None
    session_id: str | None = None
    expires_at: str | None = None
    aal: int | None = None


class LoginStart(Input):
    """The account to sign in to (empty for a passkey that names its account), and the type of session."""

    identifier: Word = ""
    session_type: SessionType = SessionType.COOKIE
    token_delivery: Literal["body", "cookie"] = "body"


class _Step(Input, tag_field="method"):
    """Members of every step: the attempt's secret (for a token session), and whether to remember this browser."""

    secret: Secret | None = None
    remember_device: bool = False


class PasswordStep(_Step, tag="password", kw_only=True):
    """A step with the password."""

    password: Password

    def proof(self) -> Proof | None:
        """Return the proof of this step; None when it only asks for one to be prepared."""
        return PasswordProof(self.password)


class PasskeyStep(_Step, tag="passkey", kw_only=True):
    """A step with a passkey: the answer of the browser's credential API. Without it, a new challenge is returned."""

    credential: dict[str, Any] | None = None

    def proof(self) -> Proof | None:
        """Return the proof of this step; None when it only asks for one to be prepared."""
        return None if self.credential is None else PasskeyProof(self.credential)


class TotpStep(_Step, tag="totp", kw_only=True):
    """A step with the six digits that the authenticator app shows."""

    code: TypedCode

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of anything but six digits."""
        return code_errors(self.code)

    def proof(self) -> Proof | None:
        """Return the proof of this step."""
        return CodeProof(six_digits(self.code))


class RecoveryCodeStep(_Step, tag="recovery_code", kw_only=True):
    """A step with a recovery code. Dashes, spaces, upper or lower case and wide characters do not matter."""

    code: TypedCode

    def proof(self) -> Proof | None:
        """Return the proof of this step; None when it only asks for one to be prepared."""
        return CodeProof(self.code)


class EmailLinkStep(_Step, tag="email_link", kw_only=True):
    """Send the email with the link (`send`), or poll whether it was opened. Its token goes to /api/login/links."""

    send: bool = False

    def proof(self) -> Proof | None:
        """Return the poll; None for a request to send the email."""
        return None if self.send else PollForCompletion()


class EmailCodeStep(_Step, tag="email_code", kw_only=True):
    """A step with the six digits of the email. Without them, the email is sent."""

    code: TypedCode | None = None

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of anything but six digits."""
        return code_errors(self.code)

    def proof(self) -> Proof | None:
        """Return the proof of this step; None when it only asks for one to be prepared."""
        return None if self.code is None else CodeProof(six_digits(self.code))


class TotpEnrolmentStep(_Step, tag="totp_enrolment", kw_only=True):
    """The first code of an authenticator app that is set up during the sign-in."""

    code: TypedCode

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of anything but six digits."""
        return code_errors(self.code)

    def proof(self) -> Proof | None:
        """Return the proof of this step."""
        return CodeProof(six_digits(self.code))


class PasskeyEnrolmentStep(_Step, tag="passkey_enrolment", kw_only=True):
    """A passkey that was created during the sign-in. Without it, a new challenge is returned."""

    credential: dict[str, Any] | None = None
    name: Word = ""

    def proof(self) -> Proof | None:
        """Return the proof of this step; None when it only asks for one to be prepared."""
        return None if self.credential is None else PasskeyProof(self.credential, self.name)


class SkipEnrolmentStep(_Step, tag="skip_enrolment", kw_only=True):
    """Put setting up a second factor off."""

    def proof(self) -> Proof | None:
        """Return the choice itself as the proof."""
        return Chosen()


class FactorRecoveryStep(_Step, tag="factor_recovery", kw_only=True):
    """The second factor is lost. `confirm` starts the wait, or continues after it; otherwise the state is returned."""

    confirm: bool = False

    def proof(self) -> Proof | None:
        """Return the choice itself as the proof."""
        return Chosen() if self.confirm else None


StepRequest = (
    PasswordStep
    | PasskeyStep
    | TotpStep
    | RecoveryCodeStep
    | EmailLinkStep
    | EmailCodeStep
    | TotpEnrolmentStep
    | PasskeyEnrolmentStep
    | SkipEnrolmentStep
    | FactorRecoveryStep
)


class AttemptView(Output, omit_defaults=True):
    """A sign-in attempt. `secret` is returned only once and only for a token session: send it with every step."""

    id: str
    expires_at: Timestamp
    secret: str | None = None


class ProblemAttempt(AttemptView, kw_only=True):
    """The attempt that comes with mfa_required and reauth_required: take one of its steps. `methods` names them."""

    methods: list[str]
    steps: list[StepView]


class LoginAnswer(Output, omit_defaults=True):
    """`needs_step`: one of `steps` comes next. `waiting`: an email was sent, or its link not confirmed yet; poll again.
    `signed_in`: the session has started, as a cookie or as tokens.
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
    """The token of an emailed link. Without `confirm` nothing changes: the answer only describes the sign-in."""

    token: Secret
    confirm: bool = False


class LinkView(Output):
    """Where the sign-in was begun. `here`: in this browser, by this attempt."""

    confirmed: bool
    device: str
    ip: str
    at: Timestamp
    here: bool
    attempt: str


def attempt_view(needs: NeedsStep) -> AttemptView:
    """Return an attempt as the client that began it may see it."""
    secret = needs.secret if needs.attempt.session_type is SessionType.TOKEN else None
    return AttemptView(id=needs.attempt.id, expires_at=timestamp(needs.attempt.expires_at), secret=secret)


def steps_of(needs: NeedsStep) -> LoginAnswer:
    """Return the answer that offers the next steps."""
    return LoginAnswer(
        status="needs_step", attempt=attempt_view(needs), steps=[step_view(offer) for offer in needs.offers]
    )
