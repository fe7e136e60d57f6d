"""`vestibule serve`: production."""

from typing import Annotated

import typer

from vestibule import settings
from vestibule.cli._common import fail, load, say
from vestibule.cli._server import migrated, pending_migrations, run


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    migrate: Annotated[bool, typer.Option("--migrate", help="Bring the schema up to date first.")] = False,
) -> None:
    """Start the production server. Anything wrong with the configuration is reported at once, with its fix."""
    chosen = {"HOST": host, "PORT": port, "WORKERS": workers}
    overrides = {"ENV": "production"} | {name: str(value) for name, value in chosen.items() if value}
    given = load(overrides)
    problem = pending_migrations(given)
    if problem is not None and problem.name == "database schema" and migrate:
        migrated(given)
    elif problem is not None:
        fail(problem)
    settings.export(overrides)
    say(f"Vestibule serves {given.server.public_url} on {given.server.host}:{given.server.port}")
    run(given)
