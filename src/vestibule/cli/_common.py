"""What the commands share: settings with readable errors, and a connected system."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NoReturn, TypeVar

import typer

from vestibule import bootstrap, settings
from vestibule.bootstrap import System
from vestibule.db.migrations import HEAD
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.observability import logs
from vestibule.settings import Problem, Settings, SettingsError

T = TypeVar("T")

DATA_DIR = "data"


def say(text: str) -> None:
    """Print a message to stderr; stdout is for data only."""
    typer.echo(text, err=True)


def fail(*problems: Problem) -> NoReturn:
    """Print every problem to stderr and exit with code 1."""
    for problem in problems:
        say(f"error: {problem}\n")
    raise typer.Exit(1)


def development_overrides(data_dir: str, port: int) -> dict[str, str]:
    """Return the settings that `dev` chooses itself: a secret in the data folder, and a public URL on localhost."""
    folder = Path(data_dir).absolute()
    return {
        "ENV": "development",
        "DATA_DIR": str(folder),
        "SECRET_KEY_FILE": str(bootstrap.development_secret(folder)),
        "PUBLIC_URL": f"http://localhost:{port}",
        "PORT": str(port),
    }


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


def load_any(data_dir: str = DATA_DIR) -> Settings:
    """Load the settings of this machine: production's when a secret is configured, else those of `vestibule dev`."""
    if settings.is_configured():
        return load()
    return load(development_overrides(data_dir, settings.default_port()))


def with_system(settings: Settings, work: Callable[[System], Awaitable[T]]) -> T:
    """Run a coroutine on a connected system and return its result. Exits with code 1 without a migrated database."""

    async def run() -> T:
        system = bootstrap.build(settings)
        try:
            await system.database.open()
            if await system.database.revision() != HEAD:
                raise DatabaseUnavailable(private="migrations are pending")
            return await work(system)
        finally:
            await system.close()

    try:
        return asyncio.run(run())
    except DatabaseUnavailable as error:
        shown = bootstrap.database_url(settings).redacted
        fix = "Check that it runs and is reachable, then `vestibule db upgrade`."
        fail(Problem("VESTIBULE_DATABASE_URL", shown, f"a migrated database ({error.private})", fix))
