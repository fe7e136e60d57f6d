"""Routes of the caller's API keys. Creating one needs a proof from the last minutes (ASVS 7.5.1), revoking does not."""

from vestibule.controllers import api_keys
from vestibule.domain.errors import Conflict, InvalidScope, NotFound
from vestibule.routes._kinds import own, own_change, sensitive
from vestibule.schemas.api_keys import ApiKeyMade, ApiKeysView, NewApiKeyRequest
from vestibule.schemas.base import Done

ROUTES = (
    own("GET", "/api/account/api-keys", api_keys.overview, answers={200: ApiKeysView}),
    sensitive(
        "POST",
        "/api/account/api-keys",
        api_keys.create,
        body=NewApiKeyRequest,
        answers={201: ApiKeyMade},
        errors=(InvalidScope, Conflict),
    ),
    own_change("DELETE", "/api/account/api-keys/{id}", api_keys.revoke, answers={200: Done}, errors=(NotFound,)),
)
