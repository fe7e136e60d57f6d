"""The rows of the profile, each made of the own row that does the same: guards, limits and checks are inherited."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.route import Route
from vestibule.compatibility.auth_service import accounts, schemas, sessions, system
from vestibule.compatibility.auth_service.envelope import Envelope
from vestibule.compatibility.profile import SiteMap
from vestibule.domain.errors import DatabaseUnavailable, InvalidRefreshToken, NotFound, Unavailable
from vestibule.schemas.login import LoginRequest

_COOKIES = AuthorisedBy.SESSION_COOKIE | AuthorisedBy.REFRESH_COOKIE | AuthorisedBy.CSRF_TOKEN
_NOTHING = {200: Envelope[None]}


def rows(own: SiteMap) -> Iterable[Route]:
    """Return all rows of the profile."""
    return (*_system_rows(own), *_account_rows(own), *_session_rows(own))


def _adapted(own: Route, path: str, **changes: Any) -> Route:
    """Return an own row under another path. Cookies authorise nothing here, so that no CSRF token is needed."""
    row = replace(own, path=path, authorised_by=own.authorised_by & ~_COOKIES, tags=("auth-service",), **changes)
    return replace(row, reshape=accounts.without_empty) if row.body and row.reshape is None else row


def _system_rows(own: SiteMap) -> Iterable[Route]:
    yield _adapted(own["GET", "/health"], "/api/", controller=system.welcome, answers={200: Envelope[schemas.Welcome]})
    yield _adapted(
        own["GET", "/health/ready"],
        "/api/v1/health",
        controller=system.health,
        answers=dict.fromkeys((200, 503), Envelope[schemas.HealthView]),
    )


def _account_rows(own: SiteMap) -> Iterable[Route]:
    yield _adapted(
        own["POST", "/api/auth/register"],
        "/api/v1/auth/signup",
        controller=accounts.sign_up,
        body=schemas.SignUpRequest,
        reshape=accounts.new_account,
        answers=dict.fromkeys((201, 202), Envelope[schemas.SignedUp]),
    )
    yield _adapted(
        own["POST", "/api/auth/login"],
        "/api/v1/auth/login",
        controller=accounts.sign_in,
        body=LoginRequest,
        answers={200: Envelope[schemas.SignedIn]},
    )
    yield _adapted(
        own["POST", "/api/auth/verify-email"], "/api/v1/verify/email", controller=accounts.verify, answers=_NOTHING
    )
    yield _adapted(
        own["POST", "/api/auth/resend-code"],
        "/api/v1/verify/resend-code",
        controller=accounts.resend,
        answers={201: Envelope[None]},
    )
    yield _adapted(
        own["POST", "/api/auth/forgot-password"],
        "/api/v1/password/forgot",
        controller=accounts.forgot,
        answers=_NOTHING,
    )
    yield _adapted(
        own["POST", "/api/auth/reset-password"],
        "/api/v1/password/reset",
        controller=accounts.reset,
        body=schemas.ResetRequest,
        answers=_NOTHING,
    )


def _session_rows(own: SiteMap) -> Iterable[Route]:
    yield _adapted(
        own["GET", "/api/sessions"],
        "/api/v1/user-session/all",
        controller=sessions.list_sessions,
        query=schemas.SessionsQuery,
        answers={200: Envelope[list[schemas.SessionEntry]]},
        errors=(NotFound,),
    )
    yield _adapted(
        own["DELETE", "/api/sessions/{id}"],
        "/api/v1/user-session/log-out",
        controller=sessions.log_out,
        body=schemas.LogOutRequest,
        answers={200: Envelope[schemas.EndedSession]},
        errors=(),
    )
    yield _adapted(
        own["DELETE", "/api/sessions"],
        "/api/v1/user-session/log-out/all-sessions",
        method="POST",
        controller=sessions.log_out_everywhere,
        query=None,
        answers={200: Envelope[list[schemas.EndedSession]]},
        errors=(),
    )
    yield _adapted(
        own["POST", "/api/auth/refresh"],
        "/api/v1/user-session/get-access-token",
        controller=sessions.refresh,
        body=schemas.AccessTokenRequest,
        body_required=True,
        answers={200: Envelope[schemas.RefreshedTokens]},
        errors=(InvalidRefreshToken, DatabaseUnavailable, Unavailable),
    )
