"""The members of Auth Service's requests and answers."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from vestibule.domain.errors import FieldError
from vestibule.schemas.base import Input, Output, Password, Secret, Timestamp, Word
from vestibule.schemas.registration import RegistrationRequest
from vestibule.schemas.users import SafeUser


class SignUpRequest(RegistrationRequest, kw_only=True):
    """A new user. Without `username` a random one is made; others see `name`."""

    name: Word
    username: Word = ""


class ResetRequest(Input):
    """The token of the reset link and the new password, twice. `email`: the account's address; optional."""

    token: Secret
    password: Password
    confirm_password: Password
    email: Word | None = None

    def rules(self) -> Mapping[str, FieldError]:
        """Return the error of two passwords that differ."""
        first, second = self.password, self.confirm_password
        if first == second:  # comparing in constant time is pointless: the caller sent both
            return {}
        return {"confirmPassword": FieldError("passwords_differ", "Password does not match")}


class LogOutRequest(Input):
    """The session to end, by both of its names."""

    session_id: Word
    device_id: Word


class AccessTokenRequest(Input):
    """A refresh token with the ids of its user, device and session, as the sign-in returned them."""

    refresh_token: Secret
    user_id: Word
    device_id: Word
    session_id: Word


class SessionsQuery(Input):
    """The caller's own id."""

    user_id: Word


class Welcome(Output):
    """The version of the API."""

    version: str


class AppHealth(Output):
    """The state of the service. `uptime` is in seconds."""

    status: str
    uptime: int


class DatabaseHealth(Output):
    """The state of the database. `latency`: how long its check took, as text with the unit."""

    status: str
    latency: str


class HealthView(Output):
    """The state of the service and of its database."""

    app: AppHealth
    database: DatabaseHealth


class ServiceUser(Struct, kw_only=True):
    """A user as Auth Service describes one. Values of declared profile fields stand beside these members."""

    id: str
    email: str
    name: str
    profile_picture: str
    created_on: Timestamp


class SignedUp(Output):
    """The new user. In private mode `user` is null, since it is not said whether the address was new."""

    user: ServiceUser | None
    name: str
    email: str


class SignedIn(Output):
    """The user and the new session. `expiresIn`: of the access token, in seconds."""

    user: ServiceUser
    access_token: str
    refresh_token: str | None
    expires_in: int
    device_id: str
    session_id: str


class RefreshedTokens(Output):
    """A new token pair: the refresh token that was sent is used up. `expiresIn` is in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


class DeviceType(Struct, kw_only=True):
    """What the user agent states; empty parts are not known."""

    browser: str
    os: str
    device: str
    vendor: str
    model: str


class SessionEntry(Struct, kw_only=True):
    """An active session of the caller, with the device that started it."""

    id: str
    user_id: str
    device_id: str
    expires_at: Timestamp
    created_at: Timestamp
    device_type: DeviceType


class EndedSession(Output):
    """The id of a session that this request has ended."""

    id: str


def service_user(user: SafeUser) -> Any:
    """Return a ServiceUser; as a dictionary, which also has the declared profile fields, whose names no class knows."""
    name = user.name or user.username
    own = ServiceUser(id=user.id, email=user.email, name=name, profile_picture="", created_on=user.created_at)
    return {**user.profile, **msgspec.to_builtins(own)}
