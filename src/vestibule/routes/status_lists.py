"""Routes of the revocation feed (docs/api-tokens.md)."""

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import status_lists
from vestibule.domain.errors import DatabaseUnavailable, NotFound, TooManyFollowers, Unavailable
from vestibule.schemas.status_lists import StatusGeneration, StatusLists

_TAGS = ("oauth",)

ROUTES = (
    Route(
        method="GET",
        path="/oauth/status-lists",
        controller=status_lists.list_addresses,
        guard=anyone,
        authorised_by=AuthorisedBy.NOTHING,
        answers={200: StatusLists},
        errors=(DatabaseUnavailable,),
        tags=_TAGS,
    ),
    Route(
        method="GET",
        path="/oauth/status-lists/{number}",
        controller=status_lists.status_list,
        guard=anyone,
        authorised_by=AuthorisedBy.NOTHING,
        answers={200: "application/statuslist+jwt", 304: None},
        errors=(NotFound, DatabaseUnavailable, Unavailable),
        tags=_TAGS,
    ),
    Route(
        method="GET",
        path="/oauth/status-changes",
        controller=status_lists.changes,
        guard=anyone,
        authorised_by=AuthorisedBy.NOTHING,
        answers={200: StatusGeneration},
        errors=(TooManyFollowers, DatabaseUnavailable),
        tags=_TAGS,
    ),
)
