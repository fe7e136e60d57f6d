"""The command line: one module per group. Data goes to stdout, messages to stderr."""

import typer

from vestibule import __version__
from vestibule.cli._root import Root

app = typer.Typer(
    help="Vestibule: a self-hosted authentication service and identity provider.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    cls=Root,
)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
