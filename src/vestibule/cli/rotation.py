"""`vestibule secrets rotate`: the second half of replacing the master secret."""

import typer

from vestibule.bootstrap import System
from vestibule.cli._common import load_any, say, with_system
from vestibule.domain.sealed_value import Resealed


def rotate() -> None:
    """Seal anew, under VESTIBULE_SECRET_KEY, what VESTIBULE_SECRET_KEY_ACCEPTED can open. Servers keep running."""
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
