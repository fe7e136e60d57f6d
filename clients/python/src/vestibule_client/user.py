"""The user of a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Via = Literal["token", "session", "proxy", "api_key"]


@dataclass(frozen=True, slots=True)
class User:
    """The user of a request: a signed-in person, or a machine with an API key.

    `id` never changes and is never reused for another user: store this one. Access tokens carry neither name nor email
    address, so both are None for them. `aal` is the assurance level: 1, or 2 with a second factor. `via` is the kind of
    credential.
    """

    id: str
    via: Via
    username: str | None = None
    name: str | None = None
    email: str | None = None
    email_verified: bool | None = None
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    aal: int = 1
    session_id: str | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    is_authenticated = True  # what Flask-Login, Django and Starlette look for

    @property
    def display_name(self) -> str:
        """The name to show: the full name, else the username, else the id."""
        return self.name or self.username or self.id

    @property
    def identity(self) -> str:
        """Starlette's name for the id."""
        return self.id


def from_claims(claims: Mapping[str, Any], via: Via) -> User:
    """Return the user of an access token, a forward-auth header, or an introspection."""
    level = str(claims.get("acr", "aal1")).removeprefix("aal")
    return User(
        id=claims["sub"],
        via=via,
        username=claims.get("preferred_username") or claims.get("username"),
        name=claims.get("name"),
        email=claims.get("email") or None,
        email_verified=claims.get("email_verified"),
        roles=tuple(claims.get("roles", ())),
        scopes=tuple(str(claims.get("scope", "")).split()),
        aal=int(level) if level.isdigit() else 1,
        session_id=claims.get("sid"),
        claims=claims,
    )


def from_session(answer: Mapping[str, Any]) -> User:
    """Return the user of the answer to `GET /api/session`."""
    user = answer["user"]
    return User(
        id=user["id"],
        via="session",
        username=user["username"],
        name=user.get("name"),
        email=user["email"],
        email_verified=user.get("emailVerified"),
        roles=tuple(user.get("roles", ())),
        aal=int(answer.get("aal", 1)),
        session_id=answer.get("sessionId"),
        claims=dict(user),
    )
