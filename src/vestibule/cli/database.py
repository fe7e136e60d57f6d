"""`vestibule db`: upgrade, downgrade, back up and restore the database."""

from pathlib import Path
from typing import Annotated

import typer

from vestibule import bootstrap
from vestibule.cli._common import fail, load_any, say, with_system
from vestibule.cli._installation import Commands
from vestibule.cli._server import migrated, migrating, pending_migrations
from vestibule.db import backup as copies
from vestibule.db import migrate
from vestibule.db.postgres_tools import BackupFailed
from vestibule.settings import Problem, Settings

app = Commands(help="The database: schema, backup and restore.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema up to date; several instances may do this at once."""
    with migrating(load_any()) as url:
        migrate.upgrade(url)
        say(f"{url.redacted} is at revision {migrate.current(url)}.")


@app.command()
def downgrade(
    revision: Annotated[str, typer.Argument(help="-1 for one step, base for an empty database.")] = "-1",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: this drops tables with their data.")] = False,
) -> None:
    """Take the schema back to an older revision. Tables that it lacks are dropped, with their data."""
    with migrating(load_any()) as url:
        if not yes:
            typer.confirm(f"Drop tables of {url.redacted} with their data?", abort=True, err=True)
        migrate.downgrade(url, revision)
        say(f"{url.redacted} is at revision {migrate.current(url) or 'base'}.")


@app.command()
def status() -> None:
    """Show where the schema is; exit code 1 when something is to be done."""
    settings = load_any()
    problem = pending_migrations(settings)
    if problem is None:
        say(f"{bootstrap.database_url(settings).redacted} is up to date.")
        return
    say(str(problem))
    raise typer.Exit(1)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write; it must not exist.")]) -> None:
    """Write a backup and check it, while the server runs. It has no master secret: keep that separately."""
    url = bootstrap.direct_database_url(load_any())
    try:
        copies.backup(url, file)
        revision = copies.check(url, file)
    except BackupFailed as error:
        fail(Problem(str(file), str(error), "a whole copy", "See docs/backup.md."))
    say(f"{file} holds {url.redacted} at revision {revision} ({file.stat().st_size:,} bytes).")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `db backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: this replaces the database.")] = False,
) -> None:
    """Restore a backup, with the server stopped. All users have to sign in again: what was revoked stays revoked."""
    settings = load_any()
    url = bootstrap.direct_database_url(settings)
    if not yes:
        typer.confirm(f"Replace {url.redacted} by {file}?", abort=True, err=True)
    with migrating(settings):
        try:
            before = copies.restore(url, file)
        except BackupFailed as error:
            fail(Problem(str(file), str(error), "a copy that can be put back", "See docs/backup.md."))
    migrated(settings)
    _set_restore_cutoff(settings)
    if before is not None:
        say(f"The previous database is kept as {before}; remove it when all is well.")


@app.command()
def restored() -> None:
    """Record that the database was restored by other means (snapshot, point in time): all users sign in again."""
    _set_restore_cutoff(load_any())


def _set_restore_cutoff(settings: Settings) -> None:
    ended = with_system(settings, lambda system: system.services.accounts.restore_cutoff.set())
    say(f"{ended} sessions ended; earlier links, codes and trusted devices are void.")
    say("Passwords, roles and disabled accounts are those of the backup: compare them with your log.")
