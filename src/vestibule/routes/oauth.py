"""Routes of OAuth: tokens for registered APIs, introspection, revocation."""

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone, signed_in
from vestibule.checks.route import Route
from vestibule.controllers import oauth
from vestibule.domain.errors import (
    DatabaseUnavailable,
    InvalidClient,
    InvalidScope,
    UnknownResource,
)
from vestibule.schemas.oauth import ApiTokenRequest, ApiTokenView, Introspection, ServerMetadata, TokenForm

_TAGS = ("oauth",)

ROUTES = (
    Route(
        method="POST",
        path="/api/auth/token",
        controller=oauth.issue,
        guard=signed_in,
        authorised_by=AuthorisedBy.ANY_SESSION,
        whole_user=True,
        body=ApiTokenRequest,
        answers={200: ApiTokenView},
        errors=(UnknownResource, InvalidScope),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/oauth/introspect",
        controller=oauth.introspect,
        guard=anyone,
        authorised_by=AuthorisedBy.CLIENT,
        body=TokenForm,
        form=True,
        answers={200: Introspection},
        errors=(InvalidClient, DatabaseUnavailable),
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/oauth/revoke",
        controller=oauth.revoke,
        guard=anyone,
        authorised_by=AuthorisedBy.CLIENT,
        body=TokenForm,
        form=True,
        answers={200: None},
        errors=(InvalidClient, DatabaseUnavailable),
        tags=_TAGS,
    ),
    Route(
        method="GET",
        path="/.well-known/oauth-authorization-server",
        controller=oauth.metadata,
        guard=anyone,
        authorised_by=AuthorisedBy.NOTHING,
        answers={200: ServerMetadata},
        tags=_TAGS,
    ),
)
