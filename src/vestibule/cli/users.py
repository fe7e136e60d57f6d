"""`vestibule users`: create, list, change and delete users, and grant roles."""

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from vestibule.bootstrap import System
from vestibule.cli._common import fail, load_any, say, with_system
from vestibule.cli._installation import Commands
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied
from vestibule.domain.instant import to_datetime
from vestibule.domain.new_user import NewUser
from vestibule.domain.profile_fields import ProfileFields
from vestibule.domain.role import is_role_name
from vestibule.domain.user import User
from vestibule.settings import Problem

app = Commands(help="Users and their roles.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="Id, username or email.")]
Role = Annotated[str, typer.Argument(help="Role name, such as admin.")]
_PAGE = 100


@app.command()
def create(
    username: Annotated[str, typer.Option(prompt=True, help="Username.")],
    email: Annotated[str, typer.Option(prompt=True, help="Email address.")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    role: Annotated[list[str] | None, typer.Option(help="A role to grant; may be repeated.")] = None,
    verified: Annotated[bool, typer.Option("--verified", help="Mark the address as verified.")] = False,
) -> None:
    """Create a user under the same rules as registration."""
    for name in role or []:
        _check_role(name)
    password = (
        sys.stdin.readline().rstrip("\n")
        if password_stdin
        else typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    )

    async def work(system: System) -> User:
        outcome = await system.services.accounts.registration.register(
            NewUser(username, email, password), Device(), by_operator=True
        )
        if isinstance(outcome, Denied):
            errors = outcome.reason.fields.items()
            fail(*(Problem(field, "the given value", error.message, "Try another.") for field, error in errors))
        user = await _find(system, username)
        for name in role or []:
            await system.services.accounts.roles.grant(user.id, name)
        if verified:
            await system.services.accounts.administration.mark_verified(user)
        return user

    typer.echo(with_system(load_any(), work).id)


@app.command("list")
def list_users(as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False) -> None:
    """List all users, deleted ones too."""
    settings = load_any()

    async def work(system: System) -> None:
        after = ""
        while users := await system.services.accounts.administration.page(after, _PAGE):
            for user in users:
                _show(await _view(system, user, settings.flows.profile_fields), as_json=as_json)
            after = users[-1].id

    with_system(settings, work)


@app.command()
def show(who: Who) -> None:
    """Show one user as JSON."""
    settings = load_any()

    async def work(system: System) -> None:
        _show(await _view(system, await _find(system, who), settings.flows.profile_fields), as_json=True)

    with_system(settings, work)


@app.command()
def disable(who: Who) -> None:
    """Disable a user: every session ends at once."""
    _change(who, "disabled", lambda system, user: system.services.accounts.administration.disable(user))


@app.command()
def enable(who: Who) -> None:
    """Enable a disabled user again. Ended sessions stay ended."""
    _change(who, "enabled", lambda system, user: system.services.accounts.administration.enable(user))


@app.command()
def delete(who: Who, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Delete a user. The name and address stay reserved, the id is never reused."""
    if not yes:
        typer.confirm(f"Delete {who}?", abort=True, err=True)
    _change(who, "deleted", lambda system, user: system.services.accounts.administration.delete(user))


@app.command("recover-factor")
def recover_factor(who: Who) -> None:
    """Start the removal of a lost second factor. The user is notified, and finishes it after the recovery delay."""

    async def work(system: System) -> None:
        user = await _find(system, who)
        started = await system.services.accounts.administration.start_recovery(user)
        if started is None:
            expected = "an active user, and a VESTIBULE_RECOVERY_DELAY"
            fail(Problem("recovery", user.username, expected, "Set the delay, or enable the user."))
        ready = f"{to_datetime(started.ready_at):%Y-%m-%d %H:%M} UTC"
        say(f"{user.username} was notified; the second factor can go from {ready} on.")

    with_system(load_any(), work)


@app.command()
def grant(who: Who, role: Role) -> None:
    """Grant a role to a user."""
    _check_role(role)
    _change(who, f"granted {role}", lambda system, user: system.services.accounts.roles.grant(user.id, role))


@app.command()
def revoke(who: Who, role: Role) -> None:
    """Revoke a role of a user."""
    _check_role(role)
    _change(who, f"without {role}", lambda system, user: system.services.accounts.roles.revoke(user.id, role))


def _change(who: str, done: str, change: Callable[[System, User], Awaitable[bool]]) -> None:
    async def work(system: System) -> None:
        user = await _find(system, who)
        changed = await change(system, user)
        say(f"{user.username} is {done}." if changed else f"Nothing to do: {user.username} is {done} already.")

    with_system(load_any(), work)


async def _find(system: System, who: str) -> User:
    user = await system.services.accounts.administration.find(who)
    if user is None:
        fail(Problem("user", repr(who), "an id, username or email", "`vestibule users list` shows them all."))
    return user


async def _view(system: System, user: User, fields: ProfileFields) -> dict[str, Any]:
    roles = await system.services.accounts.roles.of(user.id)
    state = "deleted" if user.deleted_at else "disabled" if user.disabled_at else "active"
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "emailVerified": user.email_verified_at is not None,
        "name": user.display_name,
        "firstName": user.first_name,
        "lastName": user.last_name,
        "profile": fields.shown(user.profile),
        "state": state,
        "roles": list(roles),
        "createdAt": to_datetime(user.created_at).isoformat(),
        "lastLoginAt": to_datetime(user.last_login_at).isoformat() if user.last_login_at else None,
    }


def _show(view: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(view))
    else:
        roles = ",".join(view["roles"]) or "-"
        typer.echo(f"{view['id']}  {view['username']:<30}  {view['email']:<40}  {view['state']:<8}  {roles}")


def _check_role(name: str) -> None:
    if not is_role_name(name):
        expected = "lower-case letters, digits and _ . : -, starting with a letter, at most 63 characters"
        fail(Problem("role", repr(name), expected, "Choose such a name."))
