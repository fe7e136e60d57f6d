"""Routes of token sessions (reference system R1), and of passwords and email addresses with either session type."""

from vestibule.checks import rate_limit, step_up
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone, signed_in
from vestibule.checks.route import Route
from vestibule.controllers import account, email_verification, login, password_reset, registration, tokens
from vestibule.domain.errors import (
    DatabaseUnavailable,
    ExpiredCode,
    IdentifierTaken,
    InvalidAttempt,
    InvalidCode,
    InvalidCredentials,
    InvalidRefreshToken,
    MfaRequired,
    NotAuthenticated,
    Overloaded,
    PasswordCheckUnavailable,
    StepNotOffered,
    Unavailable,
    UsedCode,
)
from vestibule.schemas.account import AccountView, ChangePasswordRequest
from vestibule.schemas.base import Done
from vestibule.schemas.email_verification import ResendCodeRequest, VerifiedEmail, VerifyEmailRequest
from vestibule.schemas.login import TokenLogin, TokenLoginRequest
from vestibule.schemas.password_reset import ForgotPasswordRequest, ResetPasswordRequest
from vestibule.schemas.registration import RegisteredUser, RegistrationReceived, RegistrationRequest
from vestibule.schemas.tokens import LogoutRequest, RefreshedTokens, RefreshRequest

_TAGS = ("auth",)

ROUTES = (
    Route(
        method="POST",
        path="/api/auth/register",
        controller=registration.register,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY,
        rules=registration.rules,
        limit=rate_limit.registration,
        body=RegistrationRequest,
        answers={201: RegisteredUser, 202: RegistrationReceived},
        errors=(IdentifierTaken, Overloaded, PasswordCheckUnavailable),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/login",
        controller=login.sign_in_with_tokens,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY,
        limit=rate_limit.login,
        body=TokenLoginRequest,
        answers={200: TokenLogin},
        errors=(InvalidCredentials, InvalidAttempt, MfaRequired, StepNotOffered, Overloaded),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/refresh",
        controller=tokens.refresh,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.REFRESH_COOKIE,
        body=RefreshRequest,
        body_required=False,
        answers={200: RefreshedTokens, 204: None},
        errors=(InvalidRefreshToken, DatabaseUnavailable, Unavailable),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/logout",
        controller=login.log_out,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.ANY_SESSION | AuthorisedBy.REFRESH_COOKIE,
        body=LogoutRequest,
        body_required=False,
        answers={200: Done},
        errors=(NotAuthenticated,),
        tags=_TAGS,
    ),
    Route(
        method="GET",
        path="/api/auth/profile",
        controller=account.profile,
        guard=signed_in,
        authorised_by=AuthorisedBy.ANY_SESSION,
        answers={200: AccountView},
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/forgot-password",
        controller=password_reset.forgot,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY,
        limit=rate_limit.codes,
        body=ForgotPasswordRequest,
        answers={200: Done},
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/reset-password",
        controller=password_reset.reset,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY,
        rules=password_reset.rules,
        limit=rate_limit.codes,
        body=ResetPasswordRequest,
        answers={200: Done},
        errors=(InvalidCode, ExpiredCode, UsedCode, Overloaded, PasswordCheckUnavailable),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/verify-email",
        controller=email_verification.verify,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.ANY_SESSION,
        whole_user=True,
        limit=rate_limit.codes,
        body=VerifyEmailRequest,
        answers={200: VerifiedEmail},
        errors=(InvalidCode, ExpiredCode, UsedCode, IdentifierTaken, Overloaded),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/resend-code",
        controller=email_verification.resend,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY,
        limit=rate_limit.codes,
        body=ResendCodeRequest,
        answers={200: Done},
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/auth/change-password",
        controller=account.change_password,
        guard=signed_in,
        authorised_by=AuthorisedBy.ANY_SESSION,
        whole_user=True,
        rules=account.password_rules,
        limit=rate_limit.codes,
        fresh=step_up.and_current_password,
        body=ChangePasswordRequest,
        answers={200: Done},
        errors=(PasswordCheckUnavailable,),
        tags=_TAGS,
    ),
)
