"""Starts the server processes for `serve` and `dev`, after checking flows, database and port."""

import asyncio
import importlib.util
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from uvicorn.supervisors import ChangeReload

import vestibule
from vestibule import bootstrap
from vestibule.cli._common import database_problem, fail
from vestibule.cli.flows import refuse_unsafe
from vestibule.db import migrate
from vestibule.db.migrate import UnknownRevision
from vestibule.db.migrations import HEAD
from vestibule.db.url import DatabaseUrl
from vestibule.domain.database_url import DatabaseUrlError
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.server.serving import STOP_SECONDS, Server, configuration, listen
from vestibule.server.workers import Workers
from vestibule.settings import Problem, Settings


def run(settings: Settings, *, reload: bool = False) -> None:
    """Serve until stopped; a worker that dies is replaced. Exits with code 1 when the sign-in flows are unsafe."""
    refuse_unsafe(settings)
    if reload and importlib.util.find_spec("watchfiles") is None:
        fail(
            Problem("--reload", "watchfiles is not installed", "the development requirements", "Run `make check` once.")
        )
    listener = _listening(settings)
    if reload:
        config = configuration("vestibule.app:worker")
        config.reload_dirs = [Path(vestibule.__file__).parent]
        ChangeReload(config, Server(config).run, [listener]).run()
        return
    raise typer.Exit(Workers(listener, settings.server.workers, STOP_SECONDS + settings.stop_delay).run())


def pending_migrations(settings: Settings) -> Problem | None:
    """Return None when the database answers and has the newest schema, else the problem with its fix.

    The settings may have problems of their own.
    """
    try:
        revision = asyncio.run(_revision(settings))
    except DatabaseUrlError:
        return None  # the settings report it
    except DatabaseUnavailable as error:
        return database_problem(settings, error)
    if revision == HEAD:
        return None
    fix = "Run `vestibule db upgrade`, or start with --migrate."
    return Problem("database schema", revision or "no tables", f"revision {HEAD}", fix)


def migrated(settings: Settings) -> None:
    """Upgrade the schema to the newest revision; does nothing when it is there already. Exits with code 1 otherwise."""
    with migrating(settings) as url:
        migrate.upgrade(url)


@contextmanager
def migrating(settings: Settings) -> Iterator[DatabaseUrl]:
    """Give the address that migrations use; exit with code 1 when the database, or a revision, refuses them."""
    try:
        yield bootstrap.direct_database_url(settings)
    except DatabaseUnavailable as error:
        fail(database_problem(settings, error, direct=True))
    except UnknownRevision as error:
        fix = "Name one of `-1`, `base` or a revision; run the version of Vestibule that migrated it, or a newer one."
        fail(Problem("database schema", str(error), f"a revision up to {HEAD}", fix))


async def _revision(settings: Settings) -> str | None:
    url = bootstrap.database_url(settings)
    if url.dialect == "sqlite" and not url.path.exists():
        return None
    database = bootstrap.bare_database(settings)
    try:
        await database.open()
        return await database.revision()
    finally:
        await database.close()


def _listening(settings: Settings) -> socket.socket:
    server = settings.server
    try:
        return listen(server.host, server.port)
    except (OSError, UnicodeError) as error:
        fix = "Stop what listens there, or choose another with --port, or an address of this machine with --host."
        expected = f"a free port ({getattr(error, 'strerror', None) or 'no such host'})"
        fail(Problem("VESTIBULE_PORT", f"{server.host}:{server.port}", expected, fix))
