"""`vestibule secrets`: make a master secret, and finish replacing one."""

import typer

from vestibule import bootstrap
from vestibule.bootstrap import System
from vestibule.cli._common import load_any, say, with_system
from vestibule.cli._installation import of_installation
from vestibule.domain.sealed_value import Resealed

app = typer.Typer(help="Secrets.", no_args_is_help=True)


@app.command()
def new() -> None:
    """Print a fresh master secret for VESTIBULE_SECRET_KEY."""
    typer.echo(bootstrap.new_secret())


@app.command()
@of_installation
def rotate() -> None:
    """Reseal under VESTIBULE_SECRET_KEY what VESTIBULE_SECRET_KEY_ACCEPTED opens. Servers keep running."""
    settings = load_any()

    async def work(system: System) -> list[Resealed]:
        return list(await system.services.operations.secret_rotation.reseal())

    done = with_system(settings, work)
    for found in done:
        typer.echo(f"{found.kind.value}  current {found.current}  resealed {found.resealed}  lost {len(found.lost)}")
    if lost := [f"{found.kind.value} {row}" for found in done for row in found.lost]:
        say("error: no accepted secret opens these: " + ", ".join(lost[:20]))
        raise typer.Exit(1)
    if settings.server.accepted_secrets:
        say("Sessions and links from before still need the accepted secret until they end: docs/rotation.md.")
