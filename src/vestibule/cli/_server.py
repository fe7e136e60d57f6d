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
from vestibule import bootstrap, compatibility
from vestibule.cli._common import database_problem, fail, with_system
from vestibule.cli.flows import refuse_unsafe
from vestibule.db import migrate
from vestibule.db.migrate import NewerSchema, UnknownRevision
from vestibule.db.migrations import HEAD
from vestibule.db.url import DatabaseUrl
from vestibule.domain.database_url import DatabaseUrlError
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.schema_version import SchemaVersion
from vestibule.observability.logs import get_logger
from vestibule.server.serving import STOP_SECONDS, Server, configuration, listen
from vestibule.server.workers import Workers
from vestibule.settings import Problem, Settings, overruled

_log = get_logger("server")


def run(settings: Settings, *, reload: bool = False) -> None:
    """Serve until stopped; a worker that dies is replaced. Exits with code 1 when the sign-in flows are unsafe."""
    refuse_unsafe(settings)
    _log_profiles(settings)
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


def _log_profiles(settings: Settings) -> None:
    names = settings.server.compatibility
    for profile in compatibility.chosen(names):
        _log.info("compatibility_profile", profile=profile.name, system=profile.title)
        for name in overruled(profile.name, names):
            fix = f"An earlier profile's default counts: if this one's has to, name it first or set VESTIBULE_{name}."
            _log.warning("compatibility_default", profile=profile.name, setting=f"VESTIBULE_{name}", fix=fix)
        for weakening in profile.weakenings:
            _log.warning("compatibility_weakening", profile=profile.name, weakening=weakening)


def pending_migrations(settings: Settings) -> Problem | None:
    """Return None when the database answers and has a schema that this release may use, else the problem with its fix.

    The settings may have problems of their own.
    """
    try:
        version = asyncio.run(_schema_version(settings))
    except DatabaseUrlError:
        return None  # the settings report it
    except DatabaseUnavailable as error:
        return database_problem(settings, error)
    if version.serves(HEAD):
        return None
    if version.is_newer_than(HEAD):
        return newer_schema(version)
    fix = "Run `vestibule db upgrade`, or start with --migrate."
    return Problem("database schema", version.revision or "no tables", f"revision {HEAD}", fix)


def newer_schema(version: SchemaVersion) -> Problem:
    """Return the problem of a schema that only newer releases may use."""
    got = f"revision {version.revision}, for releases with revision {version.oldest_code} or later"
    fix = "Start the newer release; to go back, run its `vestibule db downgrade` first, or restore a backup."
    return Problem("newer database schema", got, f"revision {HEAD}, or one that this release may use", fix)


def migrated(settings: Settings) -> None:
    """Upgrade the schema to the newest revision; does nothing when it is there already, or is a newer one that this
    release may use. Exits with code 1 otherwise.
    """
    with migrating(settings) as url:
        migrate.upgrade(url)


@contextmanager
def migrating(settings: Settings) -> Iterator[DatabaseUrl]:
    """Yield the address that migrations use. Exits with code 1 when the database, or a revision, refuses."""
    try:
        yield bootstrap.direct_database_url(settings)
    except DatabaseUnavailable as error:
        fail(database_problem(settings, error, direct=True))
    except NewerSchema as error:
        fail(newer_schema(error.version))
    except UnknownRevision as error:
        fix = "Name one of `-1`, `base` or a revision; run the version of Vestibule that migrated it, or a newer one."
        fail(Problem("database schema", str(error), f"a revision up to {HEAD}", fix))


def wrong_secret(settings: Settings) -> Problem | None:
    """Return the problem of a master secret that opens none of the keys in the (migrated) database; None when it opens
    one, or none is there.
    """
    if with_system(settings, lambda system: system.services.operations.secret_check.fits()):
        return None
    got = f"a secret that opens none of the keys in {bootstrap.database_url(settings).redacted}"
    fix = "Set it to that one, or name that one in VESTIBULE_SECRET_KEY_ACCEPTED; if it is lost: docs/rotation.md."
    return Problem("VESTIBULE_SECRET_KEY", got, "the master secret under which they were sealed", fix)


async def _schema_version(settings: Settings) -> SchemaVersion:
    url = bootstrap.database_url(settings)
    if url.dialect == "sqlite" and not url.path.exists():
        return SchemaVersion(None)
    database = bootstrap.bare_database(settings)
    try:
        await database.open()
        return await database.schema_version()
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
