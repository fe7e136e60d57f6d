"""Schemas for refreshing and ending token sessions."""

from vestibule.schemas.base import Input, Output, Secret


class RefreshRequest(Input):
    """The refresh token, unless it is sent in its cookie."""

    refresh_token: Secret | None = None


class LogoutRequest(Input):
    """The refresh token, which ends the session if the access token has expired. Optional."""

    refresh_token: Secret | None = None


class RefreshedTokens(Output):
    """A new token pair. `refreshToken` is null if it was set as a cookie; `expiresIn` is in seconds."""

    access_token: str
    refresh_token: str | None
    expires_in: int
    token_type: str = "Bearer"
    success: bool = True
