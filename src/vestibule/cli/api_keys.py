"""`vestibule api-keys`: create keys for clients; list and revoke the keys of clients and users."""

import json
from collections.abc import Sequence
from typing import Annotated

import typer

from vestibule.bootstrap import System
from vestibule.cli._common import fail, load_any, say, with_system
from vestibule.cli._installation import Commands
from vestibule.cli.clients import find_client
from vestibule.domain.api_key import ApiKey
from vestibule.domain.errors import Denied
from vestibule.domain.instant import DAY, to_datetime
from vestibule.domain.user import User
from vestibule.services.records.audit import OPERATOR
from vestibule.settings import Problem

app = Commands(help="API keys of machines and people.", no_args_is_help=True)
ClientName = Annotated[str, typer.Option("--client", help="The client that has the keys.")]
UserName = Annotated[str, typer.Option("--user", help="The user (name or address) that has the keys.")]


@app.command()
def create(
    client: Annotated[str, typer.Option("--client", help="The client (a machine) that the key is for.")],
    name: Annotated[str, typer.Option(help="What it is used for, such as nightly-export.")],
    scope: Annotated[list[str] | None, typer.Option(help="A scope of a registered API; may be repeated.")] = None,
    days: Annotated[int, typer.Option(help="Days until it expires; 0: never.", min=0, max=3650)] = 90,
) -> None:
    """Make a key for a client; it is shown once. People make their own, on their account page."""
    if not name.strip() or len(name) > 64:
        fail(Problem("--name", name, "1 to 64 characters", "Say in a few words what the key is used for."))

    async def work(system: System) -> tuple[ApiKey, str]:
        owner = await find_client(system, "--client", client)
        made = await system.services.tokens.api_keys.create_for(owner, name, scope or (), days * DAY or None)
        if isinstance(made, Denied):
            fail(Problem("--scope", " ".join(scope or ()), made.reason.detail, "`vestibule clients list` has them."))
        return made

    key, secret = with_system(load_any(), work)
    typer.echo(json.dumps(_view(key) | {"secret": secret}))
    say("The key is shown this once. Keep it where the program that uses it can read it.")


@app.command("list")
def list_keys(client: ClientName = "", user: UserName = "") -> None:
    """List the valid keys of a client or a user, one JSON object per line."""

    async def work(system: System) -> Sequence[ApiKey]:
        return await system.services.tokens.api_keys.of(await _owner(system, client, user))

    for key in with_system(load_any(), work):
        typer.echo(json.dumps(_view(key)))


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")],
    client: ClientName = "",
    user: UserName = "",
) -> None:
    """Revoke a key: it is refused from now on."""

    async def work(system: System) -> bool:
        return await system.services.tokens.api_keys.revoke_any(key, await _owner(system, client, user), actor=OPERATOR)

    if not with_system(load_any(), work):
        fail(Problem("key", key, "the id of one of their valid keys", "`vestibule api-keys list` has them."))
    say(f"{key} is revoked.")


async def _owner(system: System, client: str, user: str) -> str:
    if bool(client) == bool(user):
        fail(Problem("--client, --user", f"{client} {user}".strip(), "one of them", "Say whose keys are meant."))
    return (await find_client(system, "--client", client)).id if client else (await _user(system, user)).id


async def _user(system: System, identifier: str) -> User:
    user = await system.services.accounts.administration.find(identifier)
    if user is None:
        fail(Problem("--user", identifier, "the name or address of a user", "`vestibule users list` has them."))
    return user


def _view(key: ApiKey) -> dict[str, object]:
    times = {"createdAt": key.created_at, "expiresAt": key.expires_at, "lastUsedAt": key.last_used_at}
    shown = {name: to_datetime(at).isoformat() if at else None for name, at in times.items()}
    return {"id": key.id, "name": key.name, "hint": key.hint, "scopes": list(key.scopes), **shown}
