"""The own account, through either door (reference system R3)."""

from vestibule.controllers import account, account_safety, sessions
from vestibule.domain.errors import (
    ExpiredCode,
    IdentifierTaken,
    InvalidCode,
    NotFound,
    Overloaded,
    UsedCode,
    ValidationFailed,
    WrongPassword,
)
from vestibule.middleware import rate_limit, step_up
from vestibule.routes._guards import anyone, signed_in
from vestibule.routes._route import Route
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
CODE_ERRORS = (InvalidCode, ExpiredCode, UsedCode)

ROUTES = (
    Route(
        method="GET", path="/api/account", controller=account.profile, guard=signed_in, answers={200: AccountView},
        tags=_TAGS,
    ),
    Route(
        method="PATCH", path="/api/account", controller=account.change, guard=signed_in, limit=rate_limit.codes,
        fresh=step_up.for_another_email, body=AccountChange, answers={200: AccountChanged},
        errors=(ValidationFailed, IdentifierTaken, WrongPassword, Overloaded), tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/account", controller=account.delete, guard=signed_in, limit=rate_limit.codes,
        fresh=step_up.or_password, body=DeleteAccountRequest, body_required=False, answers={200: Done},
        errors=(ValidationFailed, WrongPassword, Overloaded), tags=_TAGS,
    ),
    Route(
        method="GET", path="/api/account/activity", controller=account.activity, guard=signed_in,
        query=ActivityQuery, answers={200: ActivityPage}, errors=(ValidationFailed,), tags=_TAGS,
    ),
    Route(
        method="GET", path="/api/account/export", controller=account_safety.export, guard=signed_in,
        limit=rate_limit.codes, fresh=step_up.always, answers={200: "application/json"}, tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/lockdown", controller=account_safety.lock_down, guard=signed_in,
        limit=rate_limit.codes, answers={200: Done}, tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/not-me", controller=account_safety.not_me, guard=anyone,
        limit=rate_limit.codes, body=TokenRequest, answers={200: Done}, errors=(ValidationFailed, *CODE_ERRORS),
        tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/undo-email", controller=account_safety.undo_email, guard=anyone,
        limit=rate_limit.codes, body=TokenRequest, answers={200: UndoneEmail},
        errors=(ValidationFailed, *CODE_ERRORS, IdentifierTaken), tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/restore", controller=account_safety.restore, guard=anyone,
        limit=rate_limit.codes, body=TokenRequest, answers={200: Done}, errors=(ValidationFailed, *CODE_ERRORS),
        tags=_TAGS,
    ),
    Route(
        method="POST", path="/api/account/cancel-recovery", controller=account_safety.cancel_recovery, guard=anyone,
        limit=rate_limit.codes, body=CancelRecoveryRequest, body_required=False, answers={200: Done},
        errors=(ValidationFailed, *CODE_ERRORS), tags=_TAGS,
    ),
    Route(
        method="GET", path="/api/sessions", controller=sessions.list_sessions, guard=signed_in,
        answers={200: SessionList}, tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/sessions", controller=sessions.end_sessions, guard=signed_in,
        query=EndSessionsQuery, answers={200: SessionsEnded}, errors=(ValidationFailed,), tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/sessions/{id}", controller=sessions.end_session, guard=signed_in,
        answers={200: Done}, errors=(NotFound,), tags=_TAGS,
    ),
)  # fmt: skip
