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
    """Return the user of an access token, a forward-auth header, or an introspection. Raises ValueError without `sub`;
    members of another type than theirs count as missing.
    """
    level = _text(claims, "acr") or "aal1"
    return User(
        id=_id(claims, "sub"),
        via=via,
        username=_text(claims, "preferred_username") or _text(claims, "username"),
        name=_text(claims, "name"),
        email=_text(claims, "email"),
        email_verified=_flag(claims, "email_verified"),
        roles=_texts(claims.get("roles")),
        scopes=tuple((_text(claims, "scope") or "").split()),
        aal=2 if level == "aal2" else 3 if level == "aal3" else 1,
        session_id=_text(claims, "sid"),
        claims=claims,
    )


def from_session(answer: Mapping[str, Any]) -> User:
    """Return the user of the answer to `GET /api/session`. Raises ValueError when it names none; members of another
    type than theirs count as missing.
    """
    user, aal = answer.get("user"), answer.get("aal")
    if not isinstance(user, Mapping):
        raise ValueError("no user")  # noqa: TRY004 - an answer of another shape, whichever
    return User(
        id=_id(user, "id"),
        via="session",
        username=_text(user, "username"),
        name=_text(user, "name"),
        email=_text(user, "email"),
        email_verified=_flag(user, "emailVerified"),
        roles=_texts(user.get("roles")),
        aal=aal if type(aal) is int else 1,
        session_id=_text(answer, "sessionId"),
        claims=dict(user),
    )


def _id(members: Mapping[str, Any], name: str) -> str:
    if (value := _text(members, name)) is None:
        raise ValueError(f"no {name}")
    return value


def _text(members: Mapping[str, Any], name: str) -> str | None:
    value = members.get(name)
    return value if isinstance(value, str) and value else None


def _texts(values: object) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()


def _flag(members: Mapping[str, Any], name: str) -> bool | None:
    value = members.get(name)
    return value if isinstance(value, bool) else None
