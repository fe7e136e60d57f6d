"""Options that choose the installation which a command is about; without them the environment does."""

import functools
import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from vestibule.settings import export

DATA_DIR_HELP = "Folder for the database, the secret and the mailbox; default: VESTIBULE_DATA_DIR, else data."
DATABASE_HELP = "The address of the database; default: VESTIBULE_DATABASE_URL, else SQLite in the data folder."
PUBLIC_URL_HELP = "The address people use; default: VESTIBULE_PUBLIC_URL, else http://localhost with the port."
PORT_HELP = "The port of the server; default: the public URL's, VESTIBULE_PORT, PORT or 8000."

Function = Callable[..., Any]
_OPTIONS: dict[str, tuple[str, Any]] = {
    "data_dir": ("DATA_DIR", Annotated[str | None, typer.Option(help=DATA_DIR_HELP)]),
    "database_url": ("DATABASE_URL", Annotated[str | None, typer.Option(help=DATABASE_HELP)]),
    "public_url": ("PUBLIC_URL", Annotated[str | None, typer.Option(help=PUBLIC_URL_HELP)]),
    "port": ("PORT", Annotated[int | None, typer.Option(help=PORT_HELP)]),
}


class Commands(typer.Typer):
    """A group of commands, each of which is about one installation."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[Function], Function]:  # type: ignore[override]
        """Return a decorator as `typer.Typer.command` does; the command gets the options of `of_installation`."""
        register = super().command(name, **options)
        return lambda function: register(of_installation(function))


def of_installation(command: Function) -> Function:
    """Return a command with the options `--data-dir`, `--database-url`, `--public-url` and, unless it has a port of its
    own, `--port`. One that is used counts as the environment variable of that name.
    """
    own = inspect.signature(command).parameters
    added = {option: entry for option, entry in _OPTIONS.items() if option not in own}

    @functools.wraps(command)
    def run(**values: Any) -> Any:
        chosen = {setting: values.pop(option) for option, (setting, _) in added.items()}
        export({setting: str(value) for setting, value in chosen.items() if value})
        return command(**values)

    options = [
        inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for option, (_, kind) in added.items()
    ]
    run.__signature__ = inspect.Signature([*own.values(), *options])  # type: ignore[attr-defined]
    run.__annotations__ = {**command.__annotations__, **{option: kind for option, (_, kind) in added.items()}}
    return run
