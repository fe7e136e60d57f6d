"""Access tokens for registered APIs, and what those who hold one may ask about them (RFC 9068, 7662, 7009, 8707)."""

from dataclasses import dataclass
from typing import Any

from vestibule.crypto.tokens import API_KEY, is_shaped
from vestibule.domain.active_session import ActiveSession
from vestibule.domain.client import Client
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidScope, UnknownResource
from vestibule.domain.instant import NEVER, SECOND, Instant, to_seconds
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason
from vestibule.services.api_keys import ApiKeys
from vestibule.services.clients import Clients
from vestibule.services.session_check import SessionCheck
from vestibule.services.sessions import Sessions
from vestibule.services.tokens import Tokens


@dataclass(frozen=True, slots=True, repr=False)
class ApiToken:
    """An access token for one API. `expires_in` is in seconds."""

    access_token: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True, repr=False)
class Told:
    """What is told about a token, whose it is, and when it ends by itself."""

    claims: dict[str, Any]
    session: ActiveSession
    expires_at: Instant


class ApiTokens:
    """A token for an API says so in its audience, and opens nothing here."""

    def __init__(
        self, clients: Clients, tokens: Tokens, sessions: Sessions, keys: ApiKeys, check: SessionCheck
    ) -> None:
        self._clients = clients
        self._tokens = tokens
        self._sessions = sessions
        self._keys = keys
        self._check = check

    async def issue(self, principal: Principal, resource: str, scope: str) -> ApiToken | Denied:
        """A token for this API, on behalf of whoever is signed in; it ends with the session."""
        api = await self._clients.api(resource)
        if api is None:
            return Denied(UnknownResource())
        granted = api.granted(scope)
        if granted is None:
            return Denied(InvalidScope(f"This API has the scopes {', '.join(api.scopes) or 'none'}."))
        token, seconds = await self._tokens.for_api(principal, api, granted)
        return ApiToken(token, seconds, " ".join(granted))

    async def introspect(self, client: Client, token: str) -> Told | None:
        """What a token says, as of now (RFC 7662 section 2.2); None for one that is not active, or not for this client:
        an API learns about its own tokens, and about those of our own door.
        """
        if is_shaped(API_KEY, token):
            return await self._introspect_key(client, token)
        claims = await self._claims(client, token)
        if claims is None:
            return None
        found = await self._check.by_session_id(claims["sid"])
        if found is None or found.session.user_id != claims["sub"]:
            return None
        return Told(claims | _as_of_now(found.session), found.session, claims["exp"] * SECOND)

    async def _introspect_key(self, client: Client, key: str) -> Told | None:
        """An API hears of the scopes that are its own, and nothing of keys that have none of them."""
        session = await self._key(client, key)
        if session is None:
            return None
        scopes = [scope for scope in session.scopes if client.audience is None or scope in client.scopes]
        expires = {} if session.absolute_expires_at >= NEVER else {"exp": to_seconds(session.absolute_expires_at)}
        claims = {
            "sub": session.user_id, "jti": session.id, "scope": " ".join(scopes), "aud": client.audience or "",
            "iat": to_seconds(session.authenticated_at), **expires, **_as_of_now(session),
        }  # fmt: skip
        return Told(claims, session, session.absolute_expires_at)

    async def _key(self, client: Client, key: str) -> ActiveSession | None:
        found = await self._check.by_api_key(key)
        if found is None:
            return None
        concerns = client.audience is None or not client.scopes or set(found.session.scopes) & set(client.scopes)
        return found.session if concerns else None

    async def revoke(self, client: Client, token: str, device: Device) -> None:
        """End the session behind a token (RFC 7009 section 2.1). A token that nobody knows is revoked already."""
        if is_shaped(API_KEY, token):
            key = await self._key(client, token)
            if key is not None:
                await self._keys.revoke_any(key.id, key.user_id, actor=client.id)
            return
        if await self._tokens.end_family(token, device):
            return
        claims = await self._claims(client, token)
        principal = await self._sessions.authenticate_by_id(claims["sid"], claims["sub"]) if claims else None
        if principal is not None:
            await self._sessions.end(principal, principal.session.id, EndReason.LOGOUT, device)

    async def _claims(self, client: Client, token: str) -> dict[str, Any] | None:
        return await self._tokens.claims(token, client.audience)


def _as_of_now(session: ActiveSession) -> dict[str, Any]:
    """Names, roles and assurance are those of this moment, not of the signature."""
    return {
        "username": session.username, "roles": list(session.roles), "acr": f"aal{session.aal}",
        "amr": list(session.amr), "email": session.email, "email_verified": session.email_verified_at is not None,
        "active": True, "token_type": "Bearer",
    }  # fmt: skip
