"""API keys: what programs show that sign in nowhere."""

from dataclasses import dataclass

from vestibule.domain.instant import Instant

AMR = ("api_key",)
MOST_KEYS = 50
HINT_LENGTH = 4


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One row of `api_keys`, of a person (`user_id`) or of a client; `hint` is the beginning of the key."""

    id: str
    user_id: str | None
    client_id: str | None
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
