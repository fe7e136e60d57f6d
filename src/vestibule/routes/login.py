"""Routes for signing in step by step, and for registering without a password."""

from vestibule.checks import csrf, rate_limit
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import login_attempt, registration
from vestibule.domain.errors import (
    AlreadyRegistered,
    IdentifierTaken,
    InvalidAttempt,
    InvalidCredentials,
    Overloaded,
    PasskeyRefused,
    StepNotOffered,
    UnknownPasskey,
    WrongCode,
)
from vestibule.routes._kinds import CODE_ERRORS, emailed
from vestibule.schemas.login import LinkRequest, LinkView, LoginAnswer, LoginStart, StepRequest
from vestibule.schemas.registration import (
    FinishPasskeyRegistration,
    PasskeyRegistration,
    PasskeyRegistrationRequest,
    RegistrationReceived,
)

_TAGS = ("login",)

ROUTES = (
    Route(
        "POST",
        "/api/login",
        login_attempt.start,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.SESSION_COOKIE,
        check=csrf.of_session_type,
        limit=rate_limit.attempts,
        body=LoginStart,
        answers={200: LoginAnswer},
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/login/{attempt}/steps",
        login_attempt.step,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.ANY_SESSION,
        whole_user=True,
        check=csrf.of_cookie_attempt,
        limit=rate_limit.steps,
        body=StepRequest,
        answers={200: LoginAnswer},
        errors=(
            InvalidAttempt,
            InvalidCredentials,
            WrongCode,
            PasskeyRefused,
            UnknownPasskey,
            StepNotOffered,
            AlreadyRegistered,
            *CODE_ERRORS,
            Overloaded,
        ),
        tags=_TAGS,
    ),
    emailed(
        "/api/login/links",
        login_attempt.link,
        body=LinkRequest,
        answers={200: LinkView},
        errors=CODE_ERRORS,
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/registration",
        registration.begin_with_passkey,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.SESSION_COOKIE,
        rules=registration.rules,
        check=csrf.of_session_type,
        limit=rate_limit.registration,
        body=PasskeyRegistrationRequest,
        answers={200: PasskeyRegistration},
        errors=(IdentifierTaken,),
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/registration/{attempt}",
        registration.finish_with_passkey,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.SESSION_COOKIE,
        check=csrf.of_cookie_attempt,
        limit=rate_limit.registration,
        body=FinishPasskeyRegistration,
        answers={200: LoginAnswer, 202: RegistrationReceived},
        errors=(IdentifierTaken, InvalidAttempt, PasskeyRefused, Overloaded),
        tags=_TAGS,
    ),
)
