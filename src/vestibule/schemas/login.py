"""Signing in."""

from typing import Literal

from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.schemas.base import Input, Output, Password, Word
from vestibule.schemas.users import SafeUser


class LoginRequest(Input):
    """A password sign-in: one of `credential`, `email` and `username` says who."""

    password: Password
    credential: Word | None = None
    email: Word | None = None
    username: Word | None = None

    def identifier(self) -> str:
        """The one identifier that was sent. Raises ValidationFailed."""
        given = [text for text in (self.credential, self.email, self.username) if text is not None]
        if len(given) == 1 and given[0].strip():
            return given[0]
        sentence = "Please provide a valid email or username." if not given else "Send exactly one identifier."
        fault = FieldError("required" if not any(given) else "ambiguous", sentence)
        raise ValidationFailed(fields={"credential": fault})


class TokenLoginRequest(LoginRequest):
    """The same through the token door; the refresh token comes in the body or in an HttpOnly cookie."""

    token_delivery: Literal["body", "cookie"] = "body"

    @property
    def delivers_by_cookie(self) -> bool:
        """Whether the refresh token shall stay out of reach for scripts."""
        return self.token_delivery == "cookie"


class TokenLogin(Output):
    """Signed in through the token door. `refreshToken` is absent when it travels in the cookie."""

    user: SafeUser
    access_token: str
    refresh_token: str | None
    expires_in: int
    token_type: str = "Bearer"
    success: bool = True


class BrowserLogin(Output):
    """Signed in through the browser door."""

    user: SafeUser


class CurrentSession(Output):
    """Who is signed in here; null when nobody is."""

    user: SafeUser | None
    session_id: str | None = None
    expires_at: str | None = None
