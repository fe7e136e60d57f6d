"""Access and refresh tokens, signing keys, clients, API keys, status lists."""

from dataclasses import dataclass

from vestibule.services.tokens.access_tokens import AccessTokens
from vestibule.services.tokens.api_keys import ApiKeys
from vestibule.services.tokens.apis import Apis
from vestibule.services.tokens.clients import Clients
from vestibule.services.tokens.signing_keys import SigningKeys
from vestibule.services.tokens.status_lists import StatusChanges, StatusLists
from vestibule.services.tokens.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenServices:
    """The services of the tokens area; each attribute is named after its module."""

    access_tokens: AccessTokens
    api_keys: ApiKeys
    apis: Apis
    clients: Clients
    signing_keys: SigningKeys
    status_changes: StatusChanges
    status_lists: StatusLists
    tokens: Tokens
