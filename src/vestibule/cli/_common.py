"""What the commands share: settings with readable faults, and a connected system."""

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
    """Talk to the person; stdout stays free for data."""
    typer.echo(text, err=True)


def fail(*problems: Problem) -> NoReturn:
    """Show every problem and stop with exit code 1."""
    for problem in problems:
        say(f"error: {problem}\n")
    raise typer.Exit(1)


def development_overrides(data_dir: str, port: int) -> dict[str, str]:
    """What `dev` decides for itself: a secret in the data folder, and the loopback address."""
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
    """Settings, or all that is wrong with them; `also` may look for one more problem before they are reported."""
    try:
        found = settings.load(overrides)
    except SettingsError as error:
        further = also(error.settings) if also and error.settings else None
        fail(*error.problems, *([further] if further else []))
    logs.configure(json=not found.is_development, level=found.server.log_level)
    return found


def load_any(data_dir: str = DATA_DIR) -> Settings:
    """Settings of this machine: production's when a secret is configured, else those of `vestibule dev`."""
    if settings.is_configured():
        return load()
    return load(development_overrides(data_dir, settings.default_port()))


def with_system(given: Settings, work: Callable[[System], Awaitable[T]]) -> T:
    """Run one piece of work on a connected, migrated system."""

    async def run() -> T:
        system = bootstrap.build(given)
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
        shown = bootstrap.database_url(given).redacted
        fix = "Check that it runs and is reachable, then `vestibule db upgrade`."
        fail(Problem("VESTIBULE_DATABASE_URL", shown, f"a migrated database ({error.private})", fix))
