"""Schemas for refreshing and ending token sessions."""

from collections.abc import Mapping

from msgspec import field

from vestibule.domain.errors import FieldError
from vestibule.schemas.base import Input, Output, Secret


class _RefreshTokenRequest(Input):
    """A body with a refresh token, under our name or under that of reference system R1."""

    refresh_token: Secret | None = None
    r1_refresh_token: Secret | None = field(name="refresh_token", default=None)

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of two refresh tokens."""
        if self.refresh_token is None or self.r1_refresh_token is None:
            return {}
        return {"refreshToken": FieldError("ambiguous", "Send `refreshToken` or `refresh_token`, not both.")}

    def secret(self) -> str | None:
        """Return the refresh token that was sent; None if there is none in the body."""
        return self.r1_refresh_token if self.refresh_token is None else self.refresh_token


class RefreshRequest(_RefreshTokenRequest):
    """The refresh token, as `refreshToken` or `refresh_token`, unless it is sent in its cookie."""


class LogoutRequest(_RefreshTokenRequest):
    """The refresh token, which ends the session if the access token has expired; without a body, its cookie does."""


class RefreshedTokens(Output):
    """A new token pair. `refreshToken` is null if it was set as a cookie; `expiresIn` is in seconds."""

    access_token: str
    refresh_token: str | None
    expires_in: int
    token_type: str = "Bearer"
    success: bool = True
