"""`vestibule keys`: list and rotate the signing keys."""

import typer

from vestibule.bootstrap import System
from vestibule.cli._common import load_any, say, with_system
from vestibule.cli._installation import Commands
from vestibule.domain.instant import to_datetime

app = Commands(help="Signing keys.", no_args_is_help=True)


@app.command("list")
def list_keys() -> None:
    """List the published keys, oldest first."""

    async def work(system: System) -> None:
        for key in await system.services.tokens.signing_keys.list():
            until = f"retires {to_datetime(key.retires_at):%Y-%m-%d %H:%M} UTC" if key.retires_at else "current"
            typer.echo(f"{key.kid}  {key.alg}  signs from {to_datetime(key.activates_at):%Y-%m-%d %H:%M} UTC  {until}")

    with_system(load_any(), work)


@app.command()
def rotate() -> None:
    """Publish a new key now; it signs from ten minutes later, when all verifiers have it. Older tokens stay valid."""

    async def work(system: System) -> None:
        key = await system.services.tokens.signing_keys.rotate()
        say(f"{key.kid} is published and signs from {to_datetime(key.activates_at):%Y-%m-%d %H:%M} UTC.")

    with_system(load_any(), work)
