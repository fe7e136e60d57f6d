"""`vestibule apis`: APIs that accept access tokens; one may have no client."""

import json
from typing import Annotated

import typer

from vestibule.bootstrap import System
from vestibule.cli._common import fail, load_any, say, with_system
from vestibule.cli._installation import Commands
from vestibule.domain.api import MOST_SCOPES, Api, is_audience, is_scope
from vestibule.domain.client import is_client_name
from vestibule.domain.errors import Denied
from vestibule.domain.instant import to_datetime
from vestibule.settings import Problem, Settings

app = Commands(help="APIs that accept access tokens.", no_args_is_help=True)
_LISTED = "`vestibule apis list` has them."


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="A short name, such as orders.")],
    audience: Annotated[str, typer.Option(help="The API's address.")],
    scope: Annotated[list[str] | None, typer.Option(help="A scope of the API; may be repeated.")] = None,
) -> None:
    """Register an API without a client; `vestibule clients create --api` adds one that introspects its tokens."""
    settings, scopes = load_any(), tuple(scope or ())
    check_registration(settings, name, audience, scopes, needs_audience=True)

    async def work(system: System) -> Api:
        made = await system.services.tokens.apis.create(name, audience, scopes)
        if isinstance(made, Denied):
            fail(Problem("api", f"{name} {audience}", "a name and an audience of its own", _LISTED))
        return made

    typer.echo(json.dumps(_view(with_system(settings, work))))


@app.command("list")
def list_apis() -> None:
    """List the APIs, one JSON object per line."""
    for api in with_system(load_any(), lambda system: system.services.tokens.apis.list()):
        typer.echo(json.dumps(_view(api)))


@app.command()
def delete(
    name: Annotated[str, typer.Argument(help="The API's name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Remove an API: no tokens for it any more. Its clients stay, with their secrets and keys."""
    if not yes:
        typer.confirm(f"Remove the API {name}?", abort=True, err=True)

    async def work(system: System) -> bool:
        return await system.services.tokens.apis.delete(await find_api(system, "name", name))

    with_system(load_any(), work)
    say(f"{name} is removed.")


async def find_api(system: System, field: str, name: str) -> Api:
    """Return the API with this name, or fail with a problem about this field."""
    api = await system.services.tokens.apis.find(name)
    if api is None:
        fail(Problem(field, name, "the name of an API", _LISTED))
    return api


def check_registration(
    settings: Settings, name: str, audience: str, scopes: tuple[str, ...], *, needs_audience: bool = False
) -> None:
    """Fail with every problem of a client or API that is to be registered."""
    problems = []
    if not is_client_name(name):
        expected = "lower-case letters, digits and -, 2 to 63 signs, starting with a letter"
        problems.append(Problem("name", repr(name), expected, "Choose such a name."))
    is_own = audience.rstrip("/") == settings.server.public_url
    if (audience or needs_audience) and (is_own or not is_audience(audience)):
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


def _view(api: Api) -> dict[str, object]:
    created = to_datetime(api.created_at).isoformat()
    return {"id": api.id, "name": api.name, "audience": api.audience, "scopes": list(api.scopes), "createdAt": created}
