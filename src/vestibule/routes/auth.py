"""Routes of token sessions (reference system R1), and of passwords and email addresses with either session type."""

from vestibule.checks import rate_limit, step_up
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import account, email_verification, login, password_reset, registration, tokens
from vestibule.domain.errors import (
    DatabaseUnavailable,
    IdentifierTaken,
    InvalidAttempt,
    InvalidCredentials,
    InvalidRefreshToken,
    MfaRequired,
    NotAuthenticated,
    Overloaded,
    PasswordCheckUnavailable,
    StepNotOffered,
    Unavailable,
)
from vestibule.routes._kinds import CODE_ERRORS, by_body, emailed, own, own_change
from vestibule.schemas.account import AccountView, ChangePasswordRequest
from vestibule.schemas.base import Done
from vestibule.schemas.email_verification import ResendCodeRequest, VerifiedEmail, VerifyEmailRequest
from vestibule.schemas.login import TokenLogin, TokenLoginRequest
from vestibule.schemas.password_reset import ForgotPasswordRequest, ResetPasswordRequest
from vestibule.schemas.registration import RegisteredUser, RegistrationReceived, RegistrationRequest
from vestibule.schemas.tokens import LogoutRequest, RefreshedTokens, RefreshRequest

_TAGS = ("auth",)

ROUTES = (
    by_body(
        "/api/auth/register",
        registration.register,
        rules=registration.rules,
        limit=rate_limit.registration,
        body=RegistrationRequest,
        answers={201: RegisteredUser, 202: RegistrationReceived},
        errors=(IdentifierTaken, Overloaded, PasswordCheckUnavailable),
        tags=_TAGS,
    ),
    by_body(
        "/api/auth/login",
        login.sign_in_with_tokens,
        limit=rate_limit.login,
        body=TokenLoginRequest,
        answers={200: TokenLogin},
        errors=(InvalidCredentials, InvalidAttempt, MfaRequired, StepNotOffered, Overloaded),
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/auth/refresh",
        tokens.refresh,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.REFRESH_COOKIE,
        body=RefreshRequest,
        body_required=False,
        answers={200: RefreshedTokens, 204: None},
        errors=(InvalidRefreshToken, DatabaseUnavailable, Unavailable),
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/auth/logout",
        login.log_out,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.ANY_SESSION | AuthorisedBy.REFRESH_COOKIE,
        body=LogoutRequest,
        body_required=False,
        answers={200: Done},
        errors=(NotAuthenticated,),
        tags=_TAGS,
    ),
    own("GET", "/api/auth/profile", account.profile, answers={200: AccountView}, tags=_TAGS),
    emailed(
        "/api/auth/forgot-password", password_reset.forgot, body=ForgotPasswordRequest, answers={200: Done}, tags=_TAGS
    ),
    emailed(
        "/api/auth/reset-password",
        password_reset.reset,
        rules=password_reset.rules,
        body=ResetPasswordRequest,
        answers={200: Done},
        errors=(*CODE_ERRORS, Overloaded, PasswordCheckUnavailable),
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/auth/verify-email",
        email_verification.verify,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.ANY_SESSION,
        whole_user=True,
        limit=rate_limit.codes,
        body=VerifyEmailRequest,
        answers={200: VerifiedEmail},
        errors=(*CODE_ERRORS, IdentifierTaken, Overloaded),
        tags=_TAGS,
    ),
    emailed(
        "/api/auth/resend-code", email_verification.resend, body=ResendCodeRequest, answers={200: Done}, tags=_TAGS
    ),
    own_change(
        "POST",
        "/api/auth/change-password",
        account.change_password,
        rules=account.password_rules,
        fresh=step_up.and_current_password,
        body=ChangePasswordRequest,
        answers={200: Done},
        errors=(PasswordCheckUnavailable,),
        tags=_TAGS,
    ),
)
