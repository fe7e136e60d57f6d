"""The own account, through either door (reference system R3)."""

from vestibule.controllers import account, sessions
from vestibule.domain.errors import IdentifierTaken, NotFound, Overloaded, ValidationFailed, WrongPassword
from vestibule.middleware import rate_limit
from vestibule.routes._guards import signed_in
from vestibule.routes._route import Route
from vestibule.schemas.account import (
    AccountChange,
    AccountChanged,
    AccountView,
    ActivityPage,
    ActivityQuery,
    DeleteAccountRequest,
)
from vestibule.schemas.base import Done
from vestibule.schemas.sessions import EndSessionsQuery, SessionList, SessionsEnded

_TAGS = ("account",)

ROUTES = (
    Route(
        method="GET", path="/api/account", controller=account.profile, guard=signed_in, answers={200: AccountView},
        tags=_TAGS,
    ),
    Route(
        method="PATCH", path="/api/account", controller=account.change, guard=signed_in, limit=rate_limit.codes,
        body=AccountChange, answers={200: AccountChanged},
        errors=(ValidationFailed, IdentifierTaken, WrongPassword, Overloaded), tags=_TAGS,
    ),
    Route(
        method="DELETE", path="/api/account", controller=account.delete, guard=signed_in, limit=rate_limit.codes,
        body=DeleteAccountRequest, answers={200: Done}, errors=(ValidationFailed, WrongPassword, Overloaded),
        tags=_TAGS,
    ),
    Route(
        method="GET", path="/api/account/activity", controller=account.activity, guard=signed_in,
        query=ActivityQuery, answers={200: ActivityPage}, errors=(ValidationFailed,), tags=_TAGS,
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
