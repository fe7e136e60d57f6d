"""`vestibule clients`: APIs that accept access tokens, and programs that may introspect them."""

import json
from typing import Annotated

import typer

from vestibule.bootstrap import System
from vestibule.cli._common import fail, load_any, say, with_system
from vestibule.cli._installation import Commands
from vestibule.domain.client import MOST_SCOPES, Client, Introspects, is_audience, is_client_name, is_scope
from vestibule.domain.errors import Denied
from vestibule.domain.instant import HOUR, to_datetime
from vestibule.settings import Problem, Settings

app = Commands(help="Registered APIs and confidential callers.", no_args_is_help=True)
_INTROSPECT = "Whose tokens and keys it may introspect: those that concern its API, or all (a gateway)."
Name = Annotated[str, typer.Argument(help="The client's name.")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A short name, such as orders.")],
    audience: Annotated[str, typer.Option(help="The API's address, when it takes access tokens of its own.")] = "",
    scope: Annotated[list[str] | None, typer.Option(help="A scope of the API; may be repeated.")] = None,
    introspect: Annotated[Introspects, typer.Option(help=_INTROSPECT)] = Introspects.OWN,
) -> None:
    """Register a client; its secret is shown once."""
    settings, scopes = load_any(), tuple(scope or ())
    _check(settings, name, audience, scopes)

    async def work(system: System) -> tuple[Client, str]:
        made = await system.services.tokens.clients.create(name, audience or None, scopes, introspect)
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
        return await system.services.tokens.clients.update(await _find(system, name), introspect)

    typer.echo(json.dumps(_view(with_system(load_any(), work))))


@app.command()
def rotate(
    name: Name, keep: Annotated[int, typer.Option(help="Hours for which secrets of before stay good.", min=0)] = 24
) -> None:
    """Make a new secret; it is shown once."""

    async def work(system: System) -> tuple[Client, str]:
        client = await _find(system, name)
        return client, await system.services.tokens.clients.rotate(client, keep * HOUR)

    _show(*with_system(load_any(), work))
    say(f"Older secrets are good for {keep} hours more.")


@app.command()
def delete(name: Name, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove a client: no tokens for its API any more, and its secret is worth nothing."""
    if not yes:
        typer.confirm(f"Remove the client {name}?", abort=True, err=True)

    async def work(system: System) -> bool:
        return await system.services.tokens.clients.delete(await _find(system, name))

    with_system(load_any(), work)
    say(f"{name} is removed.")


async def _find(system: System, name: str) -> Client:
    client = await system.services.tokens.clients.find(name)
    if client is None:
        fail(Problem("name", name, "the name of a client", "`vestibule clients list` has them."))
    return client


def _check(settings: Settings, name: str, audience: str, scopes: tuple[str, ...]) -> None:
    problems = []
    if not is_client_name(name):
        expected = "lower-case letters, digits and -, 2 to 63 signs, starting with a letter"
        problems.append(Problem("name", repr(name), expected, "Choose such a name."))
    if audience and (not is_audience(audience) or audience.rstrip("/") == settings.server.public_url):
        expected = "the API's own https address, without query; not Vestibule's"
        problems.append(Problem("--audience", audience, expected, "Name it as its callers do."))
    bad = [scope for scope in scopes if not is_scope(scope)]
    if bad or len(scopes) > MOST_SCOPES:
        expected = f"at most {MOST_SCOPES} words of visible ASCII, such as orders:read"
        problems.append(Problem("--scope", " ".join(bad) or str(len(scopes)), expected, "Repeat the option per scope."))
    if scopes and not audience:
        problems.append(Problem("--scope", " ".join(scopes), "an --audience beside it", "Scopes belong to an API."))
    if problems:
        fail(*problems)


def _view(client: Client) -> dict[str, object]:
    created = to_datetime(client.created_at).isoformat()
    return {
        "id": client.id,
        "name": client.name,
        "audience": client.audience,
        "scopes": list(client.scopes),
        "introspects": client.introspects.value,
        "createdAt": created,
    }


def _show(client: Client, secret: str) -> None:
    typer.echo(json.dumps(_view(client) | {"secret": secret}))
    say("The secret is shown this once. Keep it where the program that uses it can read it.")
