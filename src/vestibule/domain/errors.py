"""Every error that Vestibule can respond with.

VestibuleError
├── BadInput                 the request cannot be read
│   ├── MalformedJson  DuplicateKey  InvalidText  InvalidRequest  InvalidScope
│   ├── UnsupportedMediaType  BodyTooLarge  SlowBody  LostBody  UnknownHost  AmbiguousPath
│   └── ValidationFailed     readable, but a field breaks a rule (has the fields)
│       └── IdentifierTaken
├── NotAuthenticated         no valid credential was sent
│   ├── InvalidCredentials  InvalidAccessToken  InvalidRefreshToken
│   ├── InvalidAttempt  WrongCode  PasskeyRefused  AssuranceRequired  InvalidClient
│   └── MfaRequired          one factor is proved, another is missing (has the attempt)
├── Forbidden
│   ├── WrongPassword  CsrfFailed  OriginNotAllowed  AccessDenied  ForwardAuthUnclear
│   └── ReauthRequired       the latest proof is too old or too weak (has the attempt)
├── NotFound
│   └── MethodNotAllowed  UnknownPasskey  UnknownResource
├── Conflict                 the account's current state does not allow it
│   └── StepNotOffered  LastMethod  AlreadyRegistered
├── InvalidCode              a link or code that is unknown, used, expired or replaced
│   └── ExpiredCode  UsedCode
├── RateLimited              too many requests (has the seconds to wait)
├── ProofOfWorkRequired      during an attack, clients without a device cookie must prove work (has the challenge)
└── Unavailable
    └── DatabaseUnavailable  Overloaded  PasswordCheckUnavailable  TooManyFollowers

`code` is stable and documented in docs/errors.md, `message` is public, `detail` may name the value that was sent, and
`private` goes to the log only. Status codes are in http/problems.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One validation error of a field: a stable code for programs, a sentence for people."""

    code: str
    message: str


class VestibuleError(Exception):
    """The root of all errors. A class has the fixed texts; an instance adds what is specific to one request.

    `retry_after` is in seconds. `members` are further members of the problem document; `cookies` are whole Set-Cookie
    values, made by http/cookies.py only.
    """

    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    message: ClassVar[str] = "The request could not be completed. Nothing was changed."
    fix: ClassVar[str] = "Try again; if it fails again, give the request id to the operator."

    def __init__(
        self,
        detail: str = "",
        *,
        fields: Mapping[str, FieldError] | None = None,
        retry_after: int | None = None,
        private: str = "",
        headers: Mapping[str, str] | None = None,
        cookies: tuple[str, ...] = (),
        **members: object,
    ) -> None:
        super().__init__(detail or self.message)
        self.detail = detail or self.message
        self.fields = dict(fields or {})
        self.retry_after = retry_after
        self.private = private
        self.headers = dict(headers or {})
        self.cookies = cookies
        self.members = members


@dataclass(frozen=True, slots=True)
class Denied:
    """An expected error returned as a value, not raised: what the transaction wrote before it is committed."""

    reason: VestibuleError


class AlreadyExists(Exception):
    """A unique constraint rejected a row, because another row has the value. Rolls the transaction back.

    Not a response by itself: the service decides what it means. `constraint` is the text that the database sent.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class BadInput(VestibuleError):
    code = "bad_input"
    title = "Bad request"
    message = "The request cannot be read."
    fix = "Compare the request with docs/openapi.json."


class MalformedJson(BadInput):
    code = "malformed_json"
    title = "Not valid JSON"
    message = "The body is not one valid JSON object in UTF-8."
    fix = "Send a JSON object; check quotes, commas and the encoding."


class InvalidRequest(BadInput):
    code = "invalid_request"
    title = "Not a valid OAuth request"
    message = "The form (application/x-www-form-urlencoded) is malformed, or lacks or repeats a parameter."
    fix = "Send name=value pairs between `&`, percent-encoded UTF-8, each name once; `errors` names the wrong ones."


class InvalidScope(BadInput):
    code = "invalid_scope"
    title = "Unknown scope"
    message = "The API does not have this scope."
    fix = "Ask for some of its scopes, or for none to get all of them."


class DuplicateKey(BadInput):
    code = "duplicate_key"
    title = "Duplicate key"
    message = "The body names the same key twice."
    fix = "Send every key once."


class InvalidText(BadInput):
    code = "invalid_text"
    title = "Invalid characters"
    message = "The request contains a NUL character or a lone surrogate (half of a character)."
    fix = "Send well-formed Unicode text without NUL."


class UnsupportedMediaType(BadInput):
    code = "unsupported_media_type"
    title = "Unsupported media type"
    message = "The body is not of the media type that this address takes."
    fix = "Send the header Content-Type: application/json (OAuth's endpoints: application/x-www-form-urlencoded)."


class BodyTooLarge(BadInput):
    code = "body_too_large"
    title = "Body too large"
    message = "The body is larger than this server accepts."
    fix = "Send a smaller body: at most 64 KiB, unless the operator has set VESTIBULE_BODY_LIMIT."


class SlowBody(BadInput):
    code = "slow_body"
    title = "Request timeout"
    message = "The body did not arrive in time."
    fix = "Send the whole request at once; a body may take 15 seconds."


class LostBody(BadInput):
    code = "lost_body"
    title = "Body lost"
    message = "The body did not reach the application, because the request asks for another protocol (header Upgrade)."
    fix = "Leave out the headers Upgrade and Connection: Upgrade; operators: docs/guides/embedded.md names the servers."


class UnknownHost(BadInput):
    code = "unknown_host"
    title = "Misdirected request"
    message = "This service does not answer under the host name of this request."
    fix = (
        "Use the host of VESTIBULE_PUBLIC_URL (a proxy must pass on Host), or add the name to VESTIBULE_ALLOWED_HOSTS."
    )


class AmbiguousPath(BadInput):
    code = "ambiguous_path"
    title = "Ambiguous address"
    message = (
        "The path contains a backslash, or an encoded slash, backslash, dot, semicolon, percent sign or control "
        "character."
    )
    fix = "Write the address as docs/openapi.json does, without encoding these characters."


class ValidationFailed(BadInput):
    code = "validation_failed"
    title = "Validation error"
    message = "Some fields need another value."
    fix = "Correct the fields named in `errors`."


class IdentifierTaken(ValidationFailed):
    code = "identifier_taken"
    title = "User already exists"
    message = "This username or email address is already in use."
    fix = "Sign in, reset the password, or choose another value."


class NotAuthenticated(VestibuleError):
    code = "authentication_required"
    title = "Authentication required"
    message = "Authentication required"
    fix = "Sign in, then send the session cookie or `Authorization: Bearer <access token>`."


class InvalidClient(NotAuthenticated):
    code = "invalid_client"
    title = "Unknown client"
    message = "The client id or the client secret is wrong."
    fix = "Send both by HTTP Basic authentication; `vestibule clients rotate` makes a new secret."


class InvalidCredentials(NotAuthenticated):
    code = "invalid_credentials"
    title = "Login failed"
    message = "The username, email address or password is not right."
    fix = "Check the spelling, or reset the password."


class InvalidAccessToken(NotAuthenticated):
    code = "invalid_token"
    title = "Invalid access token"
    message = "The access token is malformed, expired or revoked."
    fix = "Get a new access token with the refresh token, or sign in again."


class InvalidRefreshToken(NotAuthenticated):
    code = "invalid_refresh_token"
    title = "Invalid refresh token"
    message = "The refresh token is unknown, expired, used or revoked."
    fix = "Sign in again."


class InvalidAttempt(NotAuthenticated):
    code = "invalid_attempt"
    title = "Sign-in expired"
    message = "This sign-in is unknown here, finished, expired, or was tried too often."
    fix = "Start again with POST /api/login."


class WrongCode(NotAuthenticated):
    code = "wrong_code"
    title = "Wrong code"
    message = "This code is not right, or it was used already."
    fix = "Type the code that is shown now; check that the clock of the device is right."


class PasskeyRefused(NotAuthenticated):
    code = "passkey_refused"
    title = "Passkey refused"
    message = "This passkey could not be verified."
    fix = "Try again, or sign in another way."


class MfaRequired(NotAuthenticated):
    code = "mfa_required"
    title = "Another step is needed"
    message = "The password is right; this account needs a second factor."
    fix = "Continue the attempt named in `attempt`."


class AssuranceRequired(NotAuthenticated):
    code = "assurance_required"
    title = "Second factor required"
    message = "This address can be opened only after a sign-in with a second factor."
    fix = "Sign in again with a second factor, or with a passkey."


class Forbidden(VestibuleError):
    code = "forbidden"
    title = "Forbidden"
    message = "You may not do this."
    fix = "Ask an administrator for the role that allows it."


class WrongPassword(Forbidden):
    code = "wrong_password"
    title = "Wrong password"
    message = "The current password is not right."
    fix = "Type your current password, or reset it."


class ReauthRequired(Forbidden):
    code = "reauth_required"
    title = "Confirm that it is you"
    message = "Prove once more that it is you: your last proof is too old or too weak for this change."
    fix = "Complete the attempt named in `attempt` (POST /api/login/{attempt}/steps), then send the request again."


class CsrfFailed(Forbidden):
    code = "csrf_failed"
    title = "CSRF token missing or wrong"
    message = "The request lacks the CSRF token of this browser session."
    fix = "Send the value of the XSRF-TOKEN cookie, which this answer set anew, in the header XSRF-Token."


class OriginNotAllowed(Forbidden):
    code = "origin_not_allowed"
    title = "Origin not allowed"
    message = "Requests from this origin are not accepted."
    fix = "Add the origin to VESTIBULE_CORS_ORIGINS, or set VESTIBULE_APP_URL to the address of the pages."


class AccessDenied(Forbidden):
    code = "access_denied"
    title = "Access denied"
    message = "You are signed in, but your account may not open this address."
    fix = "Operators: VESTIBULE_FORWARD_AUTH says which accounts may; `vestibule users grant` gives them roles."


class ForwardAuthUnclear(Forbidden):
    code = "forward_auth_unclear"
    title = "Unclear request"
    message = "The forwarded request could not be determined reliably, so access was denied."
    fix = "Operators: put the proxy into VESTIBULE_TRUSTED_PROXIES and use what `vestibule proxy` prints."


class NotFound(VestibuleError):
    code = "not_found"
    title = "Resource Not Found"
    message = "The requested resource couldn't be found."
    fix = "Check the address and the method against docs/openapi.json."


class MethodNotAllowed(NotFound):
    code = "method_not_allowed"
    title = "Method not allowed"
    message = "This address does not answer this method."
    fix = "Use one of the methods in the Allow header."


class UnknownResource(NotFound):
    code = "invalid_target"
    title = "Unknown API"
    message = "No API is registered for this resource."
    fix = "Operators: `vestibule clients create NAME --audience RESOURCE`."


class UnknownPasskey(NotFound):
    code = "unknown_passkey"
    title = "Unknown passkey"
    message = "This passkey does not belong to any account here any more."
    fix = "Remove it from the device or password manager, and sign in another way."


class Conflict(VestibuleError):
    code = "conflict"
    title = "Not possible in the current state"
    message = "The current state does not allow this."
    fix = "Look at the account's sign-in methods first: GET /api/account/methods."


class StepNotOffered(Conflict):
    code = "step_not_offered"
    title = "Not the next step"
    message = "This step does not come next in this sign-in."
    fix = "Submit one of the steps that the last answer offered."


class LastMethod(Conflict):
    code = "last_method"
    title = "Last sign-in method"
    message = "This is the only method left with which you can sign in, so it cannot be removed."
    fix = "Add another sign-in method first."


class AlreadyRegistered(Conflict):
    code = "already_registered"
    title = "Already registered"
    message = "This passkey is registered already."
    fix = "Sign in with it, or use another device."


class InvalidCode(VestibuleError):
    code = "invalid_code"
    title = "Invalid link or code"
    message = "This link or code is not valid, or a newer one has replaced it."
    fix = "Ask for a new one."


class ExpiredCode(InvalidCode):
    code = "expired_code"
    title = "Expired link or code"
    message = "This link or code has expired."
    fix = "Ask for a new one."


class UsedCode(InvalidCode):
    code = "used_code"
    title = "Used link or code"
    message = "This link or code was used already."
    fix = "If that was you, carry on; otherwise ask for a new one."


class RateLimited(VestibuleError):
    code = "rate_limited"
    title = "Too many requests"
    message = "Too many attempts. Wait a little, then try again."
    fix = "Wait for the seconds named in Retry-After."


class ProofOfWorkRequired(VestibuleError):
    code = "proof_of_work_required"
    title = "Proof of work needed"
    message = "Many sign-ins are failing right now, so this request has to show a proof of work."
    fix = "Solve `challenge` and send the request again with the header Proof-Of-Work; docs/abuse.md says how."


def all_errors() -> list[type[VestibuleError]]:
    """Return every class of the tree, parents first, for the documentation and the status table."""
    found: list[type[VestibuleError]] = [VestibuleError]
    for kind in found:
        found.extend(kind.__subclasses__())
    return found


class Unavailable(VestibuleError):
    code = "unavailable"
    title = "Temporarily unavailable"
    message = "The service cannot answer right now. Nothing was changed."
    fix = "Try again after the seconds named in Retry-After."


class DatabaseUnavailable(Unavailable):
    """`remedy` is for operators: what to do about it, if more is known than that the database does not answer."""

    code = "database_unavailable"
    title = "Database unavailable"
    message = "The database does not answer. Nothing was changed."
    fix = "Operators: `vestibule db status` and /health/ready say more."

    def __init__(self, *, retry_after: int | None = None, private: str = "", remedy: str = "") -> None:
        super().__init__(retry_after=retry_after, private=private)
        self.remedy = remedy


class Overloaded(Unavailable):
    code = "overloaded"
    title = "Too busy"
    message = "Too many passwords are being checked at once. Nothing was changed."
    fix = "Try again after the seconds named in Retry-After; operators: add cores or workers."


class PasswordCheckUnavailable(Unavailable):
    code = "password_check_unavailable"
    title = "Password check unavailable"
    message = "The list of stolen passwords could not be queried. Nothing was changed."
    fix = "Try again; operators: see VESTIBULE_BREACHED_LOOKUP_FAILURE."


class TooManyFollowers(Unavailable):
    code = "too_many_followers"
    title = "Too many followers"
    message = "Too many programs already hold a stream of session changes open."
    fix = "Send the request without a stream (Accept: application/json) every few seconds, or try again later."
