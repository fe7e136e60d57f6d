"""Access tokens for registered APIs, and what those who hold one may ask about them (RFC 9068, 7662, 7009, 8707)."""

from dataclasses import dataclass
from typing import Any

from vestibule.domain.client import Client
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, InvalidScope, UnknownResource
from vestibule.domain.principal import Principal
from vestibule.domain.session import EndReason
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


class ApiTokens:
    """A token for an API says so in its audience, and opens nothing here."""

    def __init__(self, clients: Clients, tokens: Tokens, sessions: Sessions, check: SessionCheck) -> None:
        self._clients = clients
        self._tokens = tokens
        self._sessions = sessions
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

    async def introspect(self, client: Client, token: str) -> dict[str, Any] | None:
        """What a token says, as of now (RFC 7662 section 2.2); None for one that is not active, or not for this client:
        an API learns about its own tokens, and about those of our own door.
        """
        claims = await self._claims(client, token)
        if claims is None:
            return None
        found = await self._check.by_session_id(claims["sid"])
        if found is None or found.session.user_id != claims["sub"]:
            return None
        session = found.session
        # Names, roles and assurance are those of this moment, not of the signature.
        now = {"username": session.username, "roles": list(session.roles), "acr": f"aal{session.aal}",
               "amr": list(session.amr), "email": session.email,
               "email_verified": session.email_verified_at is not None}  # fmt: skip
        return claims | now | {"active": True, "token_type": "Bearer"}

    async def revoke(self, client: Client, token: str, device: Device) -> None:
        """End the session behind a token (RFC 7009 section 2.1). A token that nobody knows is revoked already."""
        if await self._tokens.end_family(token, device):
            return
        claims = await self._claims(client, token)
        principal = await self._sessions.authenticate_by_id(claims["sid"], claims["sub"]) if claims else None
        if principal is not None:
            await self._sessions.end(principal, principal.session.id, EndReason.LOGOUT, device)

    async def _claims(self, client: Client, token: str) -> dict[str, Any] | None:
        return await self._tokens.claims(token, client.audience)
