"""Schemas of the caller's API keys."""

from typing import Annotated

from msgspec import Meta, field

from vestibule.domain.api_key import ApiKey
from vestibule.schemas.base import Input, Output, Timestamp, Word, maybe_timestamp, timestamp

_LONGEST_DAYS = 3650


class ApiKeyView(Output):
    """An API key without its secret. `hint` is the beginning of the secret."""

    id: str
    name: str
    hint: str
    scopes: list[str]
    created_at: Timestamp
    expires_at: Timestamp | None
    last_used_at: Timestamp | None


class OfferedScope(Output):
    """A scope that an API key may have, and the API that it belongs to."""

    scope: str
    api: str


class ApiKeysView(Output):
    """The API keys, newest first, and the scopes that a new one may have."""

    api_keys: list[ApiKeyView]
    scopes: list[OfferedScope]


class NewApiKeyRequest(Input):
    """An API key to create. Without scopes it is accepted by forward-auth and by APIs that need no scope."""

    name: Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\S")]
    scopes: Annotated[list[Word], Meta(max_length=50)] = field(default_factory=list)
    expires_in_days: Annotated[int, Meta(ge=1, le=_LONGEST_DAYS)] | None = 90


class ApiKeyMade(Output):
    """The new API key. `secret` is returned only once."""

    api_key: ApiKeyView
    secret: str
    success: bool = True


def api_key_view(key: ApiKey) -> ApiKeyView:
    """Return an API key as its owner may see it."""
    return ApiKeyView(
        id=key.id,
        name=key.name,
        hint=key.hint,
        scopes=list(key.scopes),
        created_at=timestamp(key.created_at),
        expires_at=maybe_timestamp(key.expires_at),
        last_used_at=maybe_timestamp(key.last_used_at),
    )
