"""Routes of OAuth: tokens for registered APIs, introspection, revocation."""

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import oauth
from vestibule.domain.errors import DatabaseUnavailable, InvalidClient, InvalidScope, UnknownResource
from vestibule.routes._kinds import own, public
from vestibule.schemas.oauth import ApiTokenRequest, ApiTokenView, Introspection, ServerMetadata, TokenForm

_TAGS = ("oauth",)

ROUTES = (
    own(
        "POST",
        "/api/auth/token",
        oauth.issue,
        whole_user=True,
        body=ApiTokenRequest,
        answers={200: ApiTokenView},
        errors=(UnknownResource, InvalidScope),
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/oauth/introspect",
        oauth.introspect,
        guard=anyone,
        authorised_by=AuthorisedBy.CLIENT,
        body=TokenForm,
        form=True,
        answers={200: Introspection},
        errors=(InvalidClient, DatabaseUnavailable),
        tags=_TAGS,
    ),
    Route(
        "POST",
        "/oauth/revoke",
        oauth.revoke,
        guard=anyone,
        authorised_by=AuthorisedBy.CLIENT,
        body=TokenForm,
        form=True,
        answers={200: None},
        errors=(InvalidClient, DatabaseUnavailable),
        tags=_TAGS,
    ),
    public("/.well-known/oauth-authorization-server", oauth.metadata, answers={200: ServerMetadata}, tags=_TAGS),
)
