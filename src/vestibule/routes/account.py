"""Routes of the caller's own account, with either type of session (reference system R3)."""

from vestibule.checks import rate_limit, step_up
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone, signed_in
from vestibule.checks.route import Route
from vestibule.controllers import account, account_safety, sessions
from vestibule.domain.errors import IdentifierTaken, NotFound
from vestibule.routes._kinds import CODE_ERRORS, emailed, own, own_change, sensitive
from vestibule.schemas.account import (
    AccountChange,
    AccountChanged,
    AccountView,
    ActivityPage,
    ActivityQuery,
    DeleteAccountRequest,
)
from vestibule.schemas.account_safety import CancelRecoveryRequest, TokenRequest, UndoneEmail
from vestibule.schemas.base import Done
from vestibule.schemas.sessions import EndSessionsQuery, SessionList, SessionsEnded

_TAGS = ("account",)

ROUTES = (
    Route(
        "GET",
        "/api/account",
        account.profile,
        guard=signed_in,
        authorised_by=AuthorisedBy.SESSION_OR_KEY,
        answers={200: AccountView},
        tags=_TAGS,
    ),
    own_change(
        "PATCH",
        "/api/account",
        account.change,
        rules=account.profile_rules,
        fresh=step_up.for_another_email,
        body=AccountChange,
        answers={200: AccountChanged},
        errors=(IdentifierTaken,),
    ),
    own_change(
        "DELETE",
        "/api/account",
        account.delete,
        fresh=step_up.or_password,
        body=DeleteAccountRequest,
        body_required=False,
        answers={200: Done},
    ),
    own("GET", "/api/account/activity", account.activity, query=ActivityQuery, answers={200: ActivityPage}),
    sensitive("GET", "/api/account/export", account_safety.export, answers={200: "application/json"}),
    own_change("POST", "/api/account/lockdown", account_safety.lock_down, answers={200: Done}),
    emailed(
        "/api/account/not-me",
        account_safety.not_me,
        body=TokenRequest,
        answers={200: Done},
        errors=CODE_ERRORS,
        tags=_TAGS,
    ),
    emailed(
        "/api/account/undo-email",
        account_safety.undo_email,
        body=TokenRequest,
        answers={200: UndoneEmail},
        errors=(*CODE_ERRORS, IdentifierTaken),
        tags=_TAGS,
    ),
    emailed(
        "/api/account/restore",
        account_safety.restore,
        body=TokenRequest,
        answers={200: Done},
        errors=CODE_ERRORS,
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/api/account/cancel-recovery",
        account_safety.cancel_recovery,
        guard=anyone,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.ANY_SESSION,
        whole_user=True,
        limit=rate_limit.codes,
        body=CancelRecoveryRequest,
        body_required=False,
        answers={200: Done},
        errors=CODE_ERRORS,
        tags=_TAGS,
    ),
    own("GET", "/api/sessions", sessions.list_sessions, answers={200: SessionList}),
    own(
        "DELETE",
        "/api/sessions",
        sessions.end_sessions,
        whole_user=True,
        query=EndSessionsQuery,
        answers={200: SessionsEnded},
    ),
    own("DELETE", "/api/sessions/{id}", sessions.end_session, answers={200: Done}, errors=(NotFound,)),
)
