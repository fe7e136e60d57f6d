"""Routes of the caller's API keys. Creating one needs a proof from the last minutes (ASVS 7.5.1), revoking does not."""

from vestibule.checks import rate_limit, step_up
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import signed_in
from vestibule.checks.route import Route
from vestibule.controllers import api_keys
from vestibule.domain.errors import Conflict, InvalidScope, NotFound
from vestibule.schemas.api_keys import ApiKeyMade, ApiKeysView, NewApiKeyRequest
from vestibule.schemas.base import Done

_TAGS = ("account",)

ROUTES = (
    Route(
        method="GET",
        path="/api/account/api-keys",
        controller=api_keys.overview,
        guard=signed_in,
        authorised_by=AuthorisedBy.ANY_SESSION,
        answers={200: ApiKeysView},
        tags=_TAGS,
    ),
    Route(
        method="POST",
        path="/api/account/api-keys",
        controller=api_keys.create,
        guard=signed_in,
        authorised_by=AuthorisedBy.ANY_SESSION,
        whole_user=True,
        limit=rate_limit.codes,
        fresh=step_up.always,
        body=NewApiKeyRequest,
        answers={201: ApiKeyMade},
        errors=(InvalidScope, Conflict),
        tags=_TAGS,
    ),
    Route(
        method="DELETE",
        path="/api/account/api-keys/{id}",
        controller=api_keys.revoke,
        guard=signed_in,
        authorised_by=AuthorisedBy.ANY_SESSION,
        whole_user=True,
        limit=rate_limit.codes,
        answers={200: Done},
        errors=(NotFound,),
        tags=_TAGS,
    ),
)
