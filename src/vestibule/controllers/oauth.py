"""Controllers of OAuth: tokens for registered APIs, introspection, revocation, metadata."""

import msgspec

from vestibule.domain.client import Client
from vestibule.domain.errors import InvalidClient
from vestibule.domain.instant import Instant
from vestibule.http.call import Answer, Call
from vestibule.http.client_credentials import client_credentials
from vestibule.http.outcomes import granted
from vestibule.schemas.oauth import ApiTokenRequest, ApiTokenView, ServerMetadata, TokenForm, introspection

_ENCODE = msgspec.json.Encoder().encode
_METHODS = ["client_secret_basic", "client_secret_post"]


async def issue(call: Call[ApiTokenRequest]) -> Answer:
    """Issue an access token for a registered API. It ends with the session, and this service refuses it."""
    outcome = granted(await call.services.access.api_tokens.issue(call.principal, call.body.resource, call.body.scope))
    return Answer(
        ApiTokenView(
            access_token=outcome.access_token,
            token_type="Bearer",  # noqa: S106 - RFC 6749 section 7.1
            expires_in=outcome.expires_in,
            scope=outcome.scope,
        )
    )


async def introspect(call: Call[TokenForm]) -> Answer:
    """Introspect an access token or API key (RFC 7662). For registered clients."""
    check = call.services.access.session_check
    lookup = check.begin()
    client, good_until = await _client(call)
    result = await call.services.access.api_tokens.introspect(client, call.body.token)
    if result is None:
        return Answer(introspection(None))
    body = _ENCODE(introspection(result.claims))
    if authorization := call.request.headers.get("authorization"):
        key = check.introspection_key(authorization.encode("latin-1"), await call.request.body())
        entry = check.remember(key, result.session, lookup, min(result.expires_at, good_until), client.id)
        # The next introspection with the same bytes is answered by fastpath/introspection.
        call.request.app.state.encoded_answers.put(entry, call.request.scope["vestibule.route"], body)
    return Answer(text=body.decode())


async def revoke(call: Call[TokenForm]) -> Answer:
    """End the session behind a token (RFC 7009). For registered clients; an unknown token counts as revoked already."""
    client, _ = await _client(call)
    await call.services.access.api_tokens.revoke(client, call.body.token, call.device)
    return Answer()


async def metadata(call: Call[None]) -> Answer:
    """Get the authorization server metadata (RFC 8414)."""
    url = call.config.public_url
    body = ServerMetadata(
        issuer=url,
        jwks_uri=f"{url}/.well-known/jwks.json",
        introspection_endpoint=f"{url}/oauth/introspect",
        revocation_endpoint=f"{url}/oauth/revoke",
        introspection_endpoint_auth_methods_supported=_METHODS,
        revocation_endpoint_auth_methods_supported=_METHODS,
        response_types_supported=[],
        status_list_aggregation_endpoint=f"{url}/oauth/status-lists",
        status_changes_endpoint=f"{url}/oauth/status-changes",
    )
    return Answer(body, headers={"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"})


async def _client(call: Call[TokenForm]) -> tuple[Client, Instant]:
    credentials = client_credentials(call.request.headers.getlist("authorization"), call.body)
    found = await call.services.tokens.clients.authenticate(*credentials)
    if found is None:
        raise InvalidClient
    return found
