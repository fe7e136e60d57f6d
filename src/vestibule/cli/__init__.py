"""The command line: one module per group. Data goes to stdout, messages to stderr."""

import typer

from vestibule import __version__
from vestibule.cli import (
    api_keys,
    apis,
    clients,
    database,
    dev,
    flows,
    info,
    keys,
    passwords,
    proxy,
    rotation,
    seed,
    serve,
    users,
)
from vestibule.cli._common import Refusing
from vestibule.cli._installation import of_installation

app = typer.Typer(
    help="Vestibule: a self-hosted authentication service and identity provider.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    cls=Refusing,
)
secrets = typer.Typer(help="Secrets.", no_args_is_help=True)

app.command("dev")(dev.dev)
app.command("serve")(of_installation(serve.serve))
app.add_typer(database.app, name="db")
app.command("seed")(of_installation(seed.seed))
app.add_typer(users.app, name="users")
app.add_typer(apis.app, name="apis")
app.add_typer(clients.app, name="clients")
app.add_typer(api_keys.app, name="api-keys")
app.add_typer(secrets, name="secrets")
app.add_typer(keys.app, name="keys")
app.add_typer(passwords.app, name="passwords")
app.add_typer(flows.app, name="flows")
app.command("proxy")(of_installation(proxy.proxy))
app.command("info")(of_installation(info.info))
app.command("openapi")(info.openapi)
secrets.command("new")(info.new_secret)
secrets.command("rotate")(of_installation(rotation.rotate))


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@secrets.callback()
def _secrets() -> None:
    """Secrets."""
