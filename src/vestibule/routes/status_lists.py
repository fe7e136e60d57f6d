"""Routes of the revocation feed (docs/api-tokens.md)."""

from vestibule.controllers import status_lists
from vestibule.domain.errors import DatabaseUnavailable, NotFound, TooManyFollowers, Unavailable
from vestibule.routes._kinds import public
from vestibule.schemas.status_lists import StatusGeneration, StatusLists

_TAGS = ("oauth",)

ROUTES = (
    public(
        "/oauth/status-lists",
        status_lists.list_addresses,
        answers={200: StatusLists},
        errors=(DatabaseUnavailable,),
        tags=_TAGS,
    ),
    public(
        "/oauth/status-lists/{number}",
        status_lists.status_list,
        answers={200: "application/statuslist+jwt", 304: None},
        errors=(NotFound, DatabaseUnavailable, Unavailable),
        tags=_TAGS,
    ),
    public(
        "/oauth/status-changes",
        status_lists.changes,
        answers={200: StatusGeneration},
        errors=(TooManyFollowers, DatabaseUnavailable),
        tags=_TAGS,
    ),
)
