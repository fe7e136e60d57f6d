"""Controllers for registering, signing in, confirming an address and resetting a password."""

from typing import Any

from vestibule.compatibility.auth_service.envelope import enveloped
from vestibule.compatibility.auth_service.schemas import ResetRequest, SignedIn, SignedUp, service_user
from vestibule.controllers import email_verification, login, password_reset, registration
from vestibule.domain.session import SessionType
from vestibule.http.call import Answer, Call
from vestibule.http.login_answers import token_login
from vestibule.http.outcomes import granted
from vestibule.schemas.email_verification import ResendCodeRequest, VerifyEmailRequest
from vestibule.schemas.login import LoginRequest, TokenLogin
from vestibule.schemas.password_reset import ForgotPasswordRequest
from vestibule.schemas.registration import RegisteredUser, RegistrationRequest


def without_empty(_: Call[Any], members: dict[str, Any]) -> dict[str, Any]:
    """`Route.reshape`: blank members count as missing, as they do there."""
    return {name: value for name, value in members.items() if value is not None and not _is_blank(value)}


def new_account(call: Call[Any], members: dict[str, Any]) -> dict[str, Any]:
    """`Route.reshape`: as `without_empty`; with a random username unless there is one, and with the members that are
    declared profile fields in `profile`.
    """
    sent = call.config.profile_fields.nested(without_empty(call, members))
    return {"username": call.services.accounts.registration.new_username(), **sent}


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip()


async def sign_up(call: Call[RegistrationRequest]) -> Answer:
    """Register a new user, who is not signed in; an email with a code confirms the address."""
    made = await registration.register(call)
    user = service_user(made.body.user) if isinstance(made.body, RegisteredUser) else None
    data = SignedUp(user=user, name=call.body.name or "", email=call.body.email)
    return enveloped(data, "User created successfully", made.status)


async def sign_in(call: Call[LoginRequest]) -> Answer:
    """Sign in with a password and start a token session. No cookie is set."""
    done = await login.submit_password(call, SessionType.TOKEN)
    full, session = await token_login(call, done), done.issued.session.id
    assert isinstance(full.body, TokenLogin)
    data = SignedIn(
        user=service_user(full.body.user),
        access_token=full.body.access_token,
        refresh_token=full.body.refresh_token,
        expires_in=full.body.expires_in,
        device_id=call.services.sessions.sessions.device_id(session),
        session_id=session,
    )
    return enveloped(data, "logged in successfully")


async def verify(call: Call[VerifyEmailRequest]) -> Answer:
    """Confirm an email address with its 6-digit code."""
    await email_verification.verify(call)
    return enveloped(None, "User verified successfully")


async def resend(call: Call[ResendCodeRequest]) -> Answer:
    """Request a new code. The answer does not reveal whether the address belongs to an account."""
    await email_verification.resend(call)
    return enveloped(None, "Code send to email", 201)


async def forgot(call: Call[ForgotPasswordRequest]) -> Answer:
    """Request a reset link. The answer does not reveal whether the address belongs to an account."""
    await password_reset.forgot(call)
    return enveloped(None, "If the email exists, a reset link has been sent.")


async def reset(call: Call[ResetRequest]) -> Answer:
    """Set a new password with the token of a reset link. All sessions end, and none is started."""
    body = call.body
    resets = call.services.accounts.password_reset
    granted(await resets.reset(body.token, body.password, call.device, email=body.email))
    return enveloped(None, "Password reset successfull, Please Login again")
