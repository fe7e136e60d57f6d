"""`vestibule db`: the schema, up and down."""

from typing import Annotated

import typer

from vestibule import bootstrap
from vestibule.cli._common import load_any, say
from vestibule.cli._server import pending_migrations
from vestibule.db import migrate

app = typer.Typer(help="The database schema.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema up to date; ten instances may do this at once."""
    url = bootstrap.direct_database_url(load_any())
    migrate.upgrade(url)
    say(f"{url.redacted} is at revision {migrate.current(url)}.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="-1 for one step, base for an empty database.")] = "-1",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: this drops tables with their data.")] = False,
) -> None:
    """Take the schema back. Tables that the older schema lacks are dropped."""
    url = bootstrap.direct_database_url(load_any())
    if not yes:
        typer.confirm(f"Drop tables of {url.redacted} with their data?", abort=True, err=True)
    migrate.downgrade(url, revision)
    say(f"{url.redacted} is at revision {migrate.current(url) or 'base'}.")


@app.command()
def status() -> None:
    """Show where the schema is; exit code 1 when something is to be done."""
    given = load_any()
    problem = pending_migrations(given)
    if problem is None:
        say(f"{bootstrap.database_url(given).redacted} is up to date.")
        return
    say(str(problem))
    raise typer.Exit(1)
