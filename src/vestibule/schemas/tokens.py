"""Refreshing and ending token sessions."""

from vestibule.schemas.base import Input, Output, Secret


class RefreshRequest(Input):
    """The refresh token, unless it comes in its cookie."""

    refresh_token: Secret | None = None


class LogoutRequest(Input):
    """Optional: the refresh token ends the session too when the access token has expired."""

    refresh_token: Secret | None = None


class RefreshedTokens(Output):
    """A new pair."""

    access_token: str
    refresh_token: str | None
    expires_in: int
    token_type: str = "Bearer"
    success: bool = True
