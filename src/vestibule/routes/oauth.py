"""Routes of OAuth: tokens for registered APIs, introspection, revocation."""

from functools import partial

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone
from vestibule.checks.route import Route
from vestibule.controllers import oauth
from vestibule.domain.errors import DatabaseUnavailable, InvalidClient, InvalidScope, UnknownResource
from vestibule.routes._kinds import own, public
from vestibule.schemas.oauth import ApiTokenRequest, ApiTokenView, Introspection, ServerMetadata, TokenForm

_TAGS = ("oauth",)

of_client = partial(
    Route,
    "POST",
    guard=anyone,
    authorised_by=AuthorisedBy.CLIENT,
    body=TokenForm,
    form=True,
    errors=(InvalidClient, DatabaseUnavailable),
    tags=_TAGS,
)
"""A form about one token, from a registered client, which sends its id and secret along."""

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
    of_client("/oauth/introspect", oauth.introspect, answers={200: Introspection}),
    of_client("/oauth/revoke", oauth.revoke, answers={200: None}),
    public("/.well-known/oauth-authorization-server", oauth.metadata, answers={200: ServerMetadata}, tags=_TAGS),
)
