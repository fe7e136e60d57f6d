"""Every refusal Vestibule can answer with.

VestibuleError
├── BadInput                 what was sent cannot be read
│   ├── MalformedJson  MalformedForm  DuplicateKey  InvalidText  InvalidScope
│   ├── UnsupportedMediaType  BodyTooLarge  SlowBody  LostBody  UnknownHost  AmbiguousPath
│   └── ValidationFailed     readable, but a field breaks a rule (carries the fields)
│       └── IdentifierTaken
├── NotAuthenticated         nobody is signed in
│   ├── InvalidCredentials  InvalidAccessToken  InvalidRefreshToken
│   ├── InvalidAttempt  WrongCode  PasskeyRefused  AssuranceRequired  InvalidClient
│   └── MfaRequired          one factor is proved, another is missing (carries the attempt)
├── Forbidden
│   ├── WrongPassword  CsrfFailed  OriginNotAllowed  AccessDenied  ForwardAuthUnclear
│   └── ReauthRequired       the proof is too old for this (carries the attempt)
├── NotFound
│   └── MethodNotAllowed  UnknownPasskey  UnknownResource
├── Conflict                 as things stand, this cannot be done
│   └── StepNotOffered  LastMethod  AlreadyRegistered
├── InvalidCode              a link or code that is unknown, used, expired or replaced
│   └── ExpiredCode  UsedCode
├── RateLimited              carries when to come back
├── ProofOfWorkRequired      somebody tries many accounts: strangers pay with work (carries the challenge)
└── Unavailable
    └── DatabaseUnavailable  Overloaded  PasswordCheckUnavailable  TooManyFollowers

`code` is stable and documented in docs/errors.md, `message` is public, `detail` may name what was given, and
`private` goes to the log only. Status codes live in http/problems.py.
"""

from vestibule.domain.bad_input import AmbiguousPath as AmbiguousPath
from vestibule.domain.bad_input import BadInput as BadInput
from vestibule.domain.bad_input import BodyTooLarge as BodyTooLarge
from vestibule.domain.bad_input import DuplicateKey as DuplicateKey
from vestibule.domain.bad_input import IdentifierTaken as IdentifierTaken
from vestibule.domain.bad_input import InvalidScope as InvalidScope
from vestibule.domain.bad_input import InvalidText as InvalidText
from vestibule.domain.bad_input import LostBody as LostBody
from vestibule.domain.bad_input import MalformedForm as MalformedForm
from vestibule.domain.bad_input import MalformedJson as MalformedJson
from vestibule.domain.bad_input import SlowBody as SlowBody
from vestibule.domain.bad_input import UnknownHost as UnknownHost
from vestibule.domain.bad_input import UnsupportedMediaType as UnsupportedMediaType
from vestibule.domain.bad_input import ValidationFailed as ValidationFailed
from vestibule.domain.refusal import Denied as Denied
from vestibule.domain.refusal import FieldError as FieldError
from vestibule.domain.refusal import VestibuleError as VestibuleError
from vestibule.domain.unavailable import DatabaseUnavailable as DatabaseUnavailable
from vestibule.domain.unavailable import Overloaded as Overloaded
from vestibule.domain.unavailable import PasswordCheckUnavailable as PasswordCheckUnavailable
from vestibule.domain.unavailable import TooManyFollowers as TooManyFollowers
from vestibule.domain.unavailable import Unavailable as Unavailable


class NotAuthenticated(VestibuleError):
    code = "authentication_required"
    title = "Authentication required"
    message = "Authentication required"
    fix = "Sign in, then send the session cookie or `Authorization: Bearer <access token>`."


class InvalidClient(NotAuthenticated):
    code = "invalid_client"
    title = "Unknown client"
    message = "The client id or its secret is not right."
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
    title = "Another factor is needed"
    message = "This address asks for a sign-in with a second factor."
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
    message = "This change needs a proof from the last minutes that it is you."
    fix = "Run the attempt named in `attempt` (POST /api/login/{attempt}/steps), then send the request again."


class CsrfFailed(Forbidden):
    code = "csrf_failed"
    title = "CSRF token missing or wrong"
    message = "The request lacks the CSRF token of this browser session."
    fix = "GET /api/csrf/restore, then send the value of the XSRF-TOKEN cookie in the header XSRF-Token."


class OriginNotAllowed(Forbidden):
    code = "origin_not_allowed"
    title = "Origin not allowed"
    message = "Requests from this origin are not accepted."
    fix = "Add the origin to VESTIBULE_CORS_ORIGINS, or set VESTIBULE_APP_URL to the address of the pages."


class AccessDenied(Forbidden):
    code = "access_denied"
    title = "Not for you"
    message = "You are signed in, and this address is not for you."
    fix = "Operators: VESTIBULE_FORWARD_AUTH says who may see it; `vestibule users grant` gives roles."


class ForwardAuthUnclear(Forbidden):
    code = "forward_auth_unclear"
    title = "Unclear request"
    message = "Who asks, or for which address, is not clear, so the answer is no."
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
    title = "Not possible now"
    message = "As things stand, this cannot be done."
    fix = "Look at the account's sign-in methods first: GET /api/account/methods."


class StepNotOffered(Conflict):
    code = "step_not_offered"
    title = "Not the next step"
    message = "This step does not come next in this sign-in."
    fix = "Take one of the steps that the last answer named."


class LastMethod(Conflict):
    code = "last_method"
    title = "The last way in"
    message = "Without this you could not sign in any more."
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
    """Every class of the tree, parents first, for the documentation and the status table."""
    found: list[type[VestibuleError]] = []
    pending: list[type[VestibuleError]] = [VestibuleError]
    while pending:
        current = pending.pop(0)
        found.append(current)
        pending.extend(current.__subclasses__())
    return found
