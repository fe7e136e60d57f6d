"""The root of the command line: imports the module of a command only when that command is used."""

from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

# In the order of `vestibule --help`: the module of each command, and its function or its group.
COMMANDS = {
    "dev": ("dev", "dev"),
    "serve": ("serve", "serve"),
    "db": ("database", "app"),
    "seed": ("seed", "seed"),
    "users": ("users", "app"),
    "apis": ("apis", "app"),
    "clients": ("clients", "app"),
    "api-keys": ("api_keys", "app"),
    "secrets": ("secrets", "app"),
    "keys": ("keys", "app"),
    "passwords": ("passwords", "app"),
    "flows": ("flows", "app"),
    "proxy": ("proxy", "proxy"),
    "info": ("info", "info"),
    "openapi": ("openapi", "openapi"),
}


class Root(TyperGroup):
    """The group of all commands. A command prints a problem and its fix, in place of a traceback, where the
    operator can fix it.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.commands = cast("dict[str, Any]", dict.fromkeys(COMMANDS))  # their names, for "Did you mean"

    def list_commands(self, _ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, _ctx: Any, cmd_name: str) -> Any:
        """Import a command. Returns None when there is none of this name."""
        return _imported(cmd_name) if cmd_name in COMMANDS else None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments. Exits with code 1 after bytes that are no text, which no database would take."""
        try:
            "".join(args).encode()
        except UnicodeEncodeError as error:
            _explain(error)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run a command. Exits with code 1 after settings, files or texts that cannot be used."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException, UnicodeEncodeError):
            raise
        except Exception as error:
            _explain(error)
            raise


def _explain(error: Exception) -> None:
    import_module("vestibule.cli._refusals").explain(error)


def _imported(name: str) -> Any:
    module, attribute = COMMANDS[name]
    found = getattr(import_module(f"vestibule.cli.{module}"), attribute)
    host = typer.Typer(add_completion=False)
    host.callback()(lambda: None)  # with it the host is a group, also of one command
    if isinstance(found, typer.Typer):
        host.add_typer(found, name=name)
    else:
        host.command(name)(found)
    return typer.main.get_group(host).commands[name]
