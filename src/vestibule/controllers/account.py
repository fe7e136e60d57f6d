"""Controllers of the caller's own account."""

from collections.abc import Mapping

from msgspec import UNSET

from vestibule.domain.errors import FieldError
from vestibule.domain.user import NAMES, User
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.http.signed_in import signed_in_cookies, signed_out_cookies
from vestibule.schemas.account import (
    AccountChange,
    AccountChanged,
    AccountView,
    ActivityPage,
    ActivityQuery,
    ChangePasswordRequest,
    DeleteAccountRequest,
    activity_event,
)
from vestibule.schemas.base import Done
from vestibule.schemas.users import checked_user, safe_user
from vestibule.services.accounts.account import ProfileChange
from vestibule.services.credentials.identifiers import parse_email, parse_username
from vestibule.services.credentials.passwords import context_of

_TEXTS = ("username", *NAMES, "locale", "time_zone")


async def profile(call: Call[None]) -> Answer:
    """Get the caller's account."""
    return Answer(AccountView(user=checked_user(call.session, call.config.profile_fields)))


def profile_rules(call: Call[AccountChange]) -> Mapping[str, FieldError]:
    """`Route.rules`: the errors of a new username and a new email address."""
    body, user = call.body, call.principal.user
    username = body.username if isinstance(body.username, str) else user.username
    email = body.email if isinstance(body.email, str) else user.email
    errors = {
        "username": parse_username(username) if username != user.username else None,
        "email": parse_email(email) if email != user.email else None,
    }
    return {name: error for name, error in errors.items() if isinstance(error, FieldError)}


async def change(call: Call[AccountChange]) -> Answer:
    """Change the profile. A new email address takes effect once it is confirmed."""
    texts = {name: text for name in _TEXTS if (text := getattr(call.body, name)) is not UNSET}
    wanted = ProfileChange(texts, {} if call.body.profile is UNSET else call.body.profile)
    granted(call.services.accounts.account.check(wanted))
    pending = await _request_email_change(call)
    user = await _change_profile(call, wanted)
    return Answer(
        AccountChanged(user=safe_user(user, call.config.profile_fields, call.principal.roles), pending_email=pending)
    )


def password_rules(call: Call[ChangePasswordRequest]) -> Mapping[str, FieldError]:
    """`Route.rules`: the error of the new password."""
    user = call.principal.user
    context = context_of(user.username, user.email, user.display_name)
    error = call.services.credentials.passwords.error(call.body.new_password, context)
    return {"newPassword": error} if error else {}


async def change_password(call: Call[ChangePasswordRequest]) -> Answer:
    """Change the password. Other devices are signed out; this one continues with a new session secret."""
    service, new = call.services.accounts.password_change, call.body.new_password
    issued = granted(await service.change(call.principal, new, call.device))
    cookies = signed_in_cookies(call, issued)
    return Answer(Done(message="The password was changed. Other devices were signed out."), cookies=cookies)


async def delete(call: Call[DeleteAccountRequest]) -> Answer:
    """Delete the account. Every session ends; the emailed link restores it during the grace period."""
    granted(await call.services.accounts.account_deletion.delete(call.principal, call.device))
    cookies = signed_out_cookies(call) if call.cookie_session else ()
    return Answer(Done(message="The account was deleted."), cookies=cookies)


async def activity(call: Call[ActivityQuery]) -> Answer:
    """List the security events of the caller's account, newest first."""
    query = call.body
    events = await call.services.accounts.account.activity(call.session.user_id, query.before, query.limit + 1)
    page = [activity_event(event) for event in events[: query.limit]]
    following = page[-1].id if len(events) > query.limit else None
    return Answer(ActivityPage(events=page, next=following))


async def _request_email_change(call: Call[AccountChange]) -> str | None:
    email = call.body.email
    if not isinstance(email, str) or email == call.principal.user.email:
        return None
    granted(await call.services.accounts.email_change.request(call.principal, email, call.device))
    return email


async def _change_profile(call: Call[AccountChange], wanted: ProfileChange) -> User:
    if not wanted.texts and not wanted.profile:
        return call.principal.user
    return granted(await call.services.accounts.account.change_profile(call.principal, wanted, call.device))
