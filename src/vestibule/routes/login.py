"""Routes for signing in step by step, and for registering without a password."""

from vestibule.checks import csrf, rate_limit
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import login_attempt, registration
from vestibule.domain.errors import (
    AlreadyRegistered,
    ExpiredCode,
    IdentifierTaken,
    InvalidAttempt,
    InvalidCode,
    InvalidCredentials,
    Overloaded,
    PasskeyRefused,
    StepNotOffered,
    UnknownPasskey,
    UsedCode,
    WrongCode,
)
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
        method="POST",
        path="/api/login",
        controller=login_attempt.start,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.SESSION_COOKIE,
        check=csrf.of_session_type,
        limit=rate_limit.attempts,
        body=LoginStart,
        answers={200: LoginAnswer},
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/login/{attempt}/steps",
        controller=login_attempt.step,
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
            InvalidCode,
            ExpiredCode,
            UsedCode,
            Overloaded,
        ),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/login/links",
        controller=login_attempt.link,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY,
        limit=rate_limit.codes,
        body=LinkRequest,
        answers={200: LinkView},
        errors=(InvalidCode, ExpiredCode, UsedCode),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/registration",
        controller=registration.begin_with_passkey,
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
        method="POST",
        path="/api/registration/{attempt}",
        controller=registration.finish_with_passkey,
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
