"""Controllers of the caller's API keys."""

from vestibule.domain.instant import DAY
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.schemas.api_keys import ApiKeyMade, ApiKeysView, NewApiKeyRequest, OfferedScope, api_key_view
from vestibule.schemas.base import Done


async def overview(call: Call[None]) -> Answer:
    """List the caller's API keys, and the scopes that a new one may have."""
    keys = await call.services.tokens.api_keys.of(call.session.user_id)
    scopes = await call.services.tokens.api_keys.scopes()
    offered = [OfferedScope(scope=scope, api=api) for scope, api in scopes.items()]
    return Answer(ApiKeysView(api_keys=[api_key_view(key) for key in keys], scopes=offered))


async def create(call: Call[NewApiKeyRequest]) -> Answer:
    """Create an API key. Its secret is shown only once; introspection and forward-auth accept it as a bearer token."""
    body = call.body
    lifetime = None if body.expires_in_days is None else body.expires_in_days * DAY
    api_keys = call.services.tokens.api_keys
    key, secret = granted(await api_keys.create(call.principal, body.name, body.scopes, lifetime, call.device))
    return Answer(ApiKeyMade(api_key=api_key_view(key), secret=secret), status=201)


async def revoke(call: Call[None]) -> Answer:
    """Revoke an API key. It is refused from now on."""
    granted(await call.services.tokens.api_keys.revoke(call.principal, call.request.path_params["id"], call.device))
    return Answer(Done(message="The key was revoked."))
