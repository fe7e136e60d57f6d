"""Routes of cookie sessions: session cookies and CSRF tokens (reference system R2)."""

from vestibule.checks import rate_limit
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import login, registration, system
from vestibule.domain.errors import (
    IdentifierTaken,
    InvalidAttempt,
    InvalidCredentials,
    MfaRequired,
    Overloaded,
    PasswordCheckUnavailable,
    StepNotOffered,
)
from vestibule.schemas.base import Done
from vestibule.schemas.login import BrowserLogin, CurrentSession, LoginRequest
from vestibule.schemas.registration import RegistrationReceived, RegistrationRequest
from vestibule.schemas.system import CsrfView

_TAGS = ("browser",)

ROUTES = (
    Route(
        "GET",
        "/api/csrf/restore",
        system.csrf_token,
        guard=anyone,
        authorised_by=AuthorisedBy.SESSION_COOKIE,
        answers={200: CsrfView},
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/users",
        registration.register_and_sign_in,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.SESSION_COOKIE | AuthorisedBy.CSRF_TOKEN,
        rules=registration.rules,
        limit=rate_limit.registration,
        body=RegistrationRequest,
        answers={201: BrowserLogin, 202: RegistrationReceived},
        errors=(IdentifierTaken, MfaRequired, StepNotOffered, Overloaded, PasswordCheckUnavailable),
        tags=_TAGS,
    ),
    Route(
        "GET",
        "/api/session",
        login.current_session,
        guard=anyone,
        authorised_by=AuthorisedBy.ANY_SESSION,
        answers={200: CurrentSession},
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/session",
        login.sign_in_with_cookie,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.SESSION_COOKIE | AuthorisedBy.CSRF_TOKEN,
        limit=rate_limit.login,
        body=LoginRequest,
        answers={200: BrowserLogin},
        errors=(InvalidCredentials, InvalidAttempt, MfaRequired, StepNotOffered, Overloaded),
        tags=_TAGS,
    ),
    Route(
        "DELETE",
        "/api/session",
        login.sign_out,
        guard=anyone,
        authorised_by=AuthorisedBy.ANY_SESSION | AuthorisedBy.CSRF_TOKEN,
        answers={200: Done},
        tags=_TAGS,
    ),
)
