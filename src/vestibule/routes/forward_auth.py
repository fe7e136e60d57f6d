"""Routes of forward-auth for browsers and applications; proxies are answered before routing (middleware/)."""

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import forward_auth
from vestibule.domain.errors import AccessDenied, AssuranceRequired, DatabaseUnavailable, ForwardAuthUnclear
from vestibule.schemas.forward_auth import AddressQuery, ReturnQuery
from vestibule.schemas.login import CurrentSession

_TAGS = ("forward-auth",)

ROUTES = (
    Route(
        "GET",
        "/forward-auth/return",
        forward_auth.come_back,
        guard=anyone,
        authorised_by=AuthorisedBy.ANY_SESSION,
        query=ReturnQuery,
        answers={303: None},
        tags=_TAGS,
    ),
    Route(
        "GET",
        "/forward-auth/session",
        forward_auth.session,
        guard=anyone,
        authorised_by=AuthorisedBy.FORWARD_AUTH_COOKIE,
        query=AddressQuery,
        answers={200: CurrentSession},
        errors=(AssuranceRequired, AccessDenied, ForwardAuthUnclear, DatabaseUnavailable),
        tags=_TAGS,
    ),
)
