"""API keys: credentials for programs that do not sign in."""

from dataclasses import dataclass

from vestibule.domain.instant import Instant

AMR = ("api_key",)
MOST_KEYS = 50
HINT_LENGTH = 4


@dataclass(frozen=True, slots=True)
class ApiKey:
    """One row of `api_keys`, owned by a user (`user_id`) or a client (`client_id`).

    `hint` is the beginning of the key, to recognise it by. Times are microseconds since 1970 UTC.
    """

    id: str
    user_id: str | None
    client_id: str | None
    name: str
    hint: str
    scopes: tuple[str, ...]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None
