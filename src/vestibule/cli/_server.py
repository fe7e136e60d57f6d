"""Starts the server processes for `serve` and `dev`, after checking flows, database and port."""

import asyncio
import importlib.util
import socket
from pathlib import Path

import typer
from uvicorn.supervisors import ChangeReload

import vestibule
from vestibule import bootstrap
from vestibule.cli._common import fail
from vestibule.cli.flows import refuse_unsafe
from vestibule.db import migrate
from vestibule.db.migrations import HEAD
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
    """Return None when the database answers and has the newest schema, else the problem with its fix."""
    url = bootstrap.database_url(settings)
    try:
        revision = asyncio.run(_revision(settings))
    except DatabaseUnavailable as error:
        expected = f"a database that answers ({error.private})"
        fix = "Start it, or correct the address and the password."
        return Problem("VESTIBULE_DATABASE_URL", url.redacted, expected, fix)
    if revision == HEAD:
        return None
    fix = "Run `vestibule db upgrade`, or start with --migrate."
    return Problem("database schema", revision or "no tables", f"revision {HEAD}", fix)


def migrated(settings: Settings) -> None:
    """Upgrade the schema to the newest revision; does nothing when it is there already."""
    migrate.upgrade(bootstrap.direct_database_url(settings))


async def _revision(settings: Settings) -> str | None:
    system = bootstrap.build(settings)
    try:
        await system.database.open()
        return await system.database.revision()
    finally:
        await system.close()


def _listening(settings: Settings) -> socket.socket:
    server = settings.server
    try:
        return listen(server.host, server.port)
    except OSError as error:
        fix = "Stop what listens there, or choose another with --port."
        fail(Problem("VESTIBULE_PORT", f"{server.host}:{server.port}", f"a free port ({error.strerror})", fix))
