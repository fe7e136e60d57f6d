"""`vestibule clients`: programs with a secret, and the APIs that they speak for."""

import json
from typing import Annotated

import typer

from vestibule.bootstrap import System
from vestibule.cli._common import fail, load_any, say, with_system
from vestibule.cli._installation import Commands
from vestibule.cli.apis import check_registration, find_api
from vestibule.domain.client import Client, Introspects
from vestibule.domain.errors import Denied
from vestibule.domain.instant import HOUR, to_datetime
from vestibule.settings import Problem

app = Commands(help="Programs with a secret, and the APIs that they speak for.", no_args_is_help=True)
_INTROSPECT = "Whose tokens and keys it may introspect: those that concern its API, or all (a gateway)."
Name = Annotated[str, typer.Argument(help="The client's name.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A short name, such as orders.")],
    audience: Annotated[str, typer.Option(help="The API's address, when it takes access tokens of its own.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="A scope of the API; may be repeated.")] = None,
    introspect: Annotated[Introspects, typer.Option(help=_INTROSPECT)] = Introspects.OWN,
    api: Annotated[str, typer.Option(help="The name of a registered API that it speaks for.")] = "",
) -> None:
    """Register a client, with the API of that --audience if there is one; its secret is shown once."""
    settings, scopes = load_any(), tuple(scope or ())
    check_registration(settings, name, audience, scopes)
    if api and audience:
        fail(Problem("--api", api, "--api or --audience", "Name a registered API, or register one with this client."))

    async def work(system: System) -> tuple[Client, str]:
        spoken_for = await find_api(system, "--api", api) if api else None
        clients = system.services.tokens.clients
        made = await clients.create(name, audience or None, scopes, introspect, api=spoken_for)
        if isinstance(made, Denied):
            shown = f"{name} {audience}".strip()
            fail(Problem("client", shown, "a name and an audience of its own", "`vestibule clients list` has them."))
        return made

    _show(*with_system(settings, work))


@app.command("list")
def list_clients() -> None:
    """List the clients, one JSON object per line."""
    for client in with_system(load_any(), lambda system: system.services.tokens.clients.list()):
        typer.echo(json.dumps(_view(client)))


@app.command()
def update(name: Name, introspect: Annotated[Introspects, typer.Option(help=_INTROSPECT)]) -> None:
    """Change what a client may introspect."""

    async def work(system: System) -> Client:
        return await system.services.tokens.clients.update(await find_client(system, "name", name), introspect)

    typer.echo(json.dumps(_view(with_system(load_any(), work))))


@app.command()
def rotate(
    name: Name, keep: Annotated[int, typer.Option(help="Hours for which older secrets stay valid.", min=0)] = 24
) -> None:
    """Make a new secret for a client; it is shown once."""

    async def work(system: System) -> tuple[Client, str]:
        client = await find_client(system, "name", name)
        return client, await system.services.tokens.clients.rotate(client, keep * HOUR)

    _show(*with_system(load_any(), work))
    say(f"Older secrets stay valid for {keep} hours.")


@app.command()
def delete(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove a client and the API registered with it: no tokens are issued for that API any more."""
    if not yes:
        typer.confirm(f"Remove the client {name}?", abort=True, err=True)

    async def work(system: System) -> bool:
        return await system.services.tokens.clients.delete(await find_client(system, "name", name))

    with_system(load_any(), work)
    say(f"{name} is removed.")


async def find_client(system: System, field: str, name: str) -> Client:
    """Return the client with this name, or fail with a problem about this field."""
    client = await system.services.tokens.clients.find(name)
    if client is None:
        fail(Problem(field, name, "the name of a client", "`vestibule clients list` has them."))
    return client


def _view(client: Client) -> dict[str, object]:
    created = to_datetime(client.created_at).isoformat()
    return {
        "id": client.id,
        "name": client.name,
        "audience": client.audience,
        "scopes": list(client.scopes),
        "introspects": client.may_introspect.value,
        "createdAt": created,
        "api": client.api.name if client.api else None,
    }


def _show(client: Client, secret: str) -> None:
    typer.echo(json.dumps(_view(client) | {"secret": secret}))
    say("The secret is shown this once. Keep it where the program that uses it can read it.")
