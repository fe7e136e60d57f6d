"""`vestibule serve`: start the production server."""

from typing import Annotated

import typer

from vestibule.cli._common import fail, load, say, warn_of_old_names
from vestibule.cli._installation import of_installation
from vestibule.cli._server import migrated, pending_migrations, run, wrong_secret
from vestibule.settings import Problem, export


@of_installation
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes.")] = None,
    migrate: Annotated[bool, typer.Option("--migrate", help="Bring the schema up to date first.")] = False,
) -> None:
    """Start the production server. Anything wrong with the configuration is reported at once, with its fix."""
    chosen = {"HOST": host, "PORT": port, "WORKERS": workers}
    overrides = {"ENV": "production"} | {name: str(value) for name, value in chosen.items() if value}
    warn_of_old_names(overrides)
    settings = load(overrides, also=lambda found: _unmended(pending_migrations(found), migrate=migrate))
    problem = pending_migrations(settings)
    if remaining := _unmended(problem, migrate=migrate):
        fail(remaining)
    if problem is not None:
        migrated(settings)
    if wrong := wrong_secret(settings):
        fail(wrong)
    export(overrides)
    say(f"Vestibule serves {settings.server.public_url} on {settings.server.host}:{settings.server.port}")
    run(settings)


def _unmended(problem: Problem | None, *, migrate: bool) -> Problem | None:
    """Return the problem that remains if pending migrations are about to run (`migrate`); None when they solve it."""
    will_be_mended = migrate and problem is not None and problem.name == "database schema"
    return None if will_be_mended else problem
