"""Starts the server processes."""

import asyncio
import importlib.util
import socket

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings

from vestibule import bootstrap
from vestibule.cli._common import fail
from vestibule.cli.flows import refuse_unsafe
from vestibule.db import migrate
from vestibule.db.migrations import HEAD
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.settings import Problem, Settings

_HEADER_SECONDS = 15
_HEADER_BYTES = 64 * 1024
_STOP_SECONDS = 10


def run(given: Settings, *, reload: bool = False) -> None:
    """Serve until stopped; a worker that dies is replaced."""
    refuse_unsafe(given)
    _check_port(given)
    if reload and importlib.util.find_spec("watchfiles") is None:
        fail(
            Problem("--reload", "watchfiles is not installed", "the development requirements", "Run `make check` once.")
        )
    Granian(
        "vestibule.app:worker",
        factory=True,
        interface=Interfaces.ASGI,
        address=given.server.host,
        port=given.server.port,
        workers=given.server.workers,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_SECONDS * 1000, max_buffer_size=_HEADER_BYTES),
        websockets=False,
        log_enabled=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS + given.stop_delay,
        reload=reload,
    ).serve()


def pending_migrations(given: Settings) -> Problem | None:
    """Whether the database answers and has the newest schema; a problem that says what to do if not."""
    url = bootstrap.database_url(given)
    try:
        revision = asyncio.run(_revision(given))
    except DatabaseUnavailable as error:
        expected = f"a database that answers ({error.private})"
        fix = "Start it, or correct the address and the password."
        return Problem("VESTIBULE_DATABASE_URL", url.redacted, expected, fix)
    if revision == HEAD:
        return None
    fix = "Run `vestibule db upgrade`, or start with --migrate."
    return Problem("database schema", revision or "no tables", f"revision {HEAD}", fix)


def migrated(given: Settings) -> None:
    """Bring the schema up to date; nothing happens when it is."""
    migrate.upgrade(bootstrap.direct_database_url(given))


async def _revision(given: Settings) -> str | None:
    system = bootstrap.build(given)
    try:
        await system.database.open()
        return await system.database.revision()
    finally:
        await system.close()


def _check_port(given: Settings) -> None:
    server = given.server
    family = socket.AF_INET6 if ":" in server.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((server.host, server.port))
        except OSError as error:
            fix = "Stop what listens there, or choose another with --port."
            fail(Problem("VESTIBULE_PORT", f"{server.host}:{server.port}", f"a free port ({error.strerror})", fix))
