"""Access tokens for registered APIs, their introspection and their revocation (RFC 9068, 7662, 7009, 8707)."""

from dataclasses import dataclass
from typing import Any

from vestibule.crypto.tokens import API_KEY, is_shaped
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.audit import Action
from vestibule.domain.client import Client, Introspects
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidScope, UnknownResource
from vestibule.domain.instant import NEVER, SECOND, Instant, to_seconds
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database
from vestibule.services.access.session_check import SessionCheck
from vestibule.services.records.audit import AuditLog
from vestibule.services.tokens.access_tokens import AccessTokens
from vestibule.services.tokens.api_keys import ApiKeys
from vestibule.services.tokens.apis import Apis


@dataclass(frozen=True, slots=True, repr=False)
class ApiToken:
    """An access token for one API. `expires_in` is in seconds; `scope` is separated by spaces."""

    access_token: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True, repr=False)
class Introspection:
    """The claims of an introspected token, its session, and when it expires (microseconds since 1970 UTC)."""

    claims: dict[str, Any]
    session: ActiveSession
    expires_at: Instant


@dataclass(eq=False, repr=False)
class ApiTokens:
    """Issues, introspects and revokes tokens for APIs. Such a token has the API as its audience, and Vestibule's own
    routes do not accept it.
    """

    _database: Database
    _apis: Apis
    _tokens: AccessTokens
    _keys: ApiKeys
    _check: SessionCheck
    _audit: AuditLog

    async def issue(self, principal: Principal, resource: str, scope: str) -> ApiToken | Denied:
        """Issue an access token for the API `resource` on behalf of the signed-in user; it ends with the session.
        `scope` is separated by spaces; empty means all scopes of the API. Denied: UnknownResource, InvalidScope.
        """
        api = await self._apis.by_audience(resource)
        if api is None:
            return Denied(UnknownResource())
        granted = api.granted(scope)
        if granted is None:
            return Denied(InvalidScope(f"This API has the scopes {', '.join(api.scopes) or 'none'}."))
        token, seconds = await self._tokens.for_api(principal, api, granted)
        return ApiToken(token, seconds, " ".join(granted))

    async def introspect(self, client: Client, token: str) -> Introspection | None:
        """Return what a token or API key states as of now (RFC 7662 section 2.2); None for one that is not active, or
        that this client may not introspect. Each client is registered for the tokens of its own API, or for all.
        """
        if is_shaped(API_KEY, token):
            return await self._introspect_key(client, token)
        claims = await self._tokens.claims(token, await self._audiences(client))
        # Not signed by us, expired, or for an audience that is not this client's to ask about.
        if claims is None:
            return None
        async with self._database.reading() as work:
            # Revoked by itself: its session may go on.
            if await work.revoked_tokens.has(claims["jti"]):
                return None
        session_id = claims.get("sid")
        found = await self._check.by_session_id(session_id) if session_id else None
        # The session ended, or the token names another user than the session's.
        if found is None or found.session.user_id != claims["sub"]:
            return None
        return Introspection(claims | _as_of_now(found.session), found.session, claims["exp"] * SECOND)

    async def _introspect_key(self, client: Client, key: str) -> Introspection | None:
        """Introspect an API key. An API sees its own scopes only, and nothing of keys that have none of them."""
        found = await self._check.by_api_key(key)
        scopes = client.introspected(found.session.user_id, found.session.scopes) if found else None
        if found is None or scopes is None:
            return None
        session = found.session
        expires = {} if session.absolute_expires_at >= NEVER else {"exp": to_seconds(session.absolute_expires_at)}
        claims = {
            "sub": session.user_id,
            "jti": session.id,
            "scope": " ".join(scopes),
            "aud": client.audience or "",
            "iat": to_seconds(session.authenticated_at),
            **expires,
            **_as_of_now(session),
        }
        return Introspection(claims, session, session.absolute_expires_at)

    async def revoke(self, client: Client, token: str, device: Device) -> None:
        """Revoke a token or API key that was issued for this client, and that one alone (RFC 7009 section 2.1).

        Any other has no effect, like an unknown one: the response must not tell the two apart.
        """
        if is_shaped(API_KEY, token):
            key = await self._check.by_api_key(token)
            if key is not None and client.may_revoke_key(key.session.user_id, key.session.scopes):
                await self._keys.revoke_any(key.session.id, key.session.user_id, actor=client.id)
            return
        claims = await self._tokens.claims(token, _own(client))
        if claims is None:
            return
        async with self._database.writing() as work:
            session_id = claims.get("sid")
            if await work.revoked_tokens.add(claims["jti"], session_id, claims["exp"] * SECOND):
                await self._audit.record(
                    work, Action.TOKEN_REVOKED, device, subject=claims["sub"], session=session_id, actor=client.id
                )

    async def _audiences(self, client: Client) -> frozenset[str]:
        if client.may_introspect is Introspects.OWN:
            return _own(client)
        return frozenset({self._tokens.own_audience, *(api.audience for api in await self._apis.list())})


def _own(client: Client) -> frozenset[str]:
    return frozenset({client.audience} if client.audience else ())


def _as_of_now(session: ActiveSession) -> dict[str, Any]:
    """Return the claims that are read now instead of taken from the signed token: names, roles, assurance."""
    return {
        "username": session.username,
        "roles": list(session.roles),
        "acr": f"aal{session.aal}",
        "amr": list(session.amr),
        "email": session.email,
        "email_verified": session.email_verified_at is not None,
        "active": True,
        "token_type": "Bearer",
    }
