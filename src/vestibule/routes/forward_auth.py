"""The route of forward-auth for browsers. Proxies are answered before routing: middleware/forward_auth.py."""

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import forward_auth
from vestibule.domain.errors import ValidationFailed
from vestibule.schemas.forward_auth import ReturnQuery

ROUTES = (
    Route(
        method="GET",
        path="/forward-auth/return",
        controller=forward_auth.come_back,
        guard=anyone,
        authorised_by=AuthorisedBy.ANY_SESSION,
        query=ReturnQuery,
        answers={303: None},
        errors=(ValidationFailed,),
        tags=("forward-auth",),
    ),
)
