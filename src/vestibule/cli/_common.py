"""What the commands share: settings with readable errors, and a connected system."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

import typer

from vestibule import bootstrap, settings
from vestibule.bootstrap import System
from vestibule.db.migrations import HEAD
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.observability import logs
from vestibule.settings import Problem, Settings, SettingsError

T = TypeVar("T")


def say(text: str) -> None:
    """Print a message to stderr; stdout is for data only."""
    typer.echo(text, err=True)


def fail(*problems: Problem) -> NoReturn:
    """Print every problem to stderr and exit with code 1."""
    for problem in problems:
        say(f"error: {problem}\n")
    raise typer.Exit(1)


def development(folder: str = "", public_url: str = "", port: int | None = None) -> dict[str, str]:
    """Return the settings of a development server, by name without prefix: the arguments, else the environment, else
    the folder `data`, and localhost on port 8000. Its secret is a file of the folder.
    """
    place = Path(folder or settings.of_development("DATA_DIR") or "data").expanduser().absolute()
    public_url = public_url or settings.of_development("PUBLIC_URL")
    chosen = str(port or _port_of(public_url) or settings.default_port())
    return {
        "ENV": "development",
        "DATA_DIR": str(place),
        "SECRET_KEY_FILE": str(bootstrap.secret_file(place)),
        "PUBLIC_URL": public_url or f"http://localhost:{chosen}",
        "PORT": chosen,
    }


def _port_of(public_url: str) -> int | None:
    try:
        return urlsplit(public_url).port
    except ValueError:
        return None  # loading the settings reports what is wrong with it


def warn_of_old_names(overrides: Mapping[str, str]) -> None:
    """Print one line for each variable of a system that Vestibule replaces, while its successor is not set."""
    for sentence in settings.old_name_advice(overrides):
        say(f"warning: {sentence}")


Check = Callable[[Settings], Problem | None]


def load(overrides: Mapping[str, str] | None = None, *, also: Check | None = None) -> Settings:
    """Load the settings, or print all problems and exit with code 1. `also` may find one more problem to print."""
    try:
        found = settings.load(overrides)
    except SettingsError as error:
        further = also(error.settings) if also and error.settings else None
        fail(*error.problems, *([further] if further else []))
    logs.configure(json=not found.is_development, level=found.server.log_level)
    return found


def load_any(*, stored: bool = True) -> Settings:
    """Load the settings of this machine: production's when a secret is configured, else those of `vestibule dev`.

    Nothing is created: without the data folder of a development server this exits with code 1, unless the command
    needs nothing that is `stored` there.
    """
    if settings.is_configured():
        return load()
    chosen = development()
    secret = Path(chosen["SECRET_KEY_FILE"])
    if not secret.exists():
        if stored:
            fail(_no_development_server(secret.parent))
        del chosen["SECRET_KEY_FILE"]
        chosen["SECRET_KEY"] = settings.of_development("SECRET_KEY") or bootstrap.new_secret()
    return load(chosen)


def _no_development_server(folder: Path) -> Problem:
    expected = (
        "the data folder of `vestibule dev`, or production's settings (VESTIBULE_SECRET_KEY, VESTIBULE_DATABASE_URL)"
    )
    fix = "Name the folder (--data-dir or VESTIBULE_DATA_DIR), start `vestibule dev` once, or set what the server has."
    return Problem("VESTIBULE_DATA_DIR", f"{folder}, where no server has been", expected, fix)


def database_problem(settings: Settings, error: DatabaseUnavailable, *, direct: bool = False) -> Problem:
    """Return the problem of a database that cannot be used, with its fix. `direct`: the address without the pooler."""
    name, url = "VESTIBULE_DATABASE_URL", bootstrap.database_url(settings)
    if direct and settings.database.direct_url:
        name, url = "VESTIBULE_DATABASE_DIRECT_URL", bootstrap.direct_database_url(settings)
    elif not settings.database.url:
        name = "VESTIBULE_DATA_DIR"
    fix = error.remedy or "Start it, or correct the address and the password."
    return Problem(name, url.redacted, f"a database that answers ({error.private})", fix)


def with_system(settings: Settings, work: Callable[[System], Awaitable[T]]) -> T:
    """Run a coroutine on a connected system and return its result. Exits with code 1 without a migrated database."""

    async def run() -> T:
        system = bootstrap.build(settings)
        try:
            await system.database.open()
            if not (await system.database.schema_version()).serves(HEAD):
                remedy = "Run `vestibule db upgrade`; if a newer release migrated it, use that one."
                private = "migrations are pending, or of a newer release"
                raise DatabaseUnavailable(private=private, remedy=remedy)
            return await work(system)
        finally:
            await system.close()

    try:
        return asyncio.run(run())
    except DatabaseUnavailable as error:
        fail(database_problem(settings, error))
