"""Who is asking."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Via = Literal["token", "session", "proxy", "api_key"]


@dataclass(frozen=True, slots=True)
class User:
    """A signed-in person, or a machine with an API key.

    `id` never changes and is never given to anybody else: store this one. Access tokens say neither name nor address,
    so both are None when the credential was one. `aal` is the assurance level: 1, or 2 with a second factor. `via` says
    how the request was signed in.
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
        """The best there is to show."""
        return self.name or self.username or self.id

    @property
    def identity(self) -> str:
        """Starlette's name for the id."""
        return self.id


def from_claims(claims: Mapping[str, Any], via: Via) -> User:
    """From an access token, the header of forward-auth, or an introspection."""
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


def from_session(found: Mapping[str, Any]) -> User:
    """From what `GET /api/session` says of a cookie."""
    user = found["user"]
    return User(
        id=user["id"],
        via="session",
        username=user["username"],
        name=user.get("name"),
        email=user["email"],
        email_verified=user.get("emailVerified"),
        roles=tuple(user.get("roles", ())),
        aal=int(found.get("aal", 1)),
        session_id=found.get("sessionId"),
        claims=dict(user),
    )
