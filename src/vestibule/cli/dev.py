"""`vestibule dev`: start a complete development server on this machine, without any preparation."""

from pathlib import Path
from typing import Annotated

import typer

from vestibule import bootstrap
from vestibule.cli._common import development, fail, load, say, warn_of_old_names, with_system
from vestibule.cli._installation import DATA_DIR_HELP, DATABASE_HELP, PUBLIC_URL_HELP
from vestibule.cli._server import migrated, pending_migrations, run, wrong_secret
from vestibule.services.accounts.demo import DEMO_USERS
from vestibule.settings import Settings, export


def dev(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port to listen on; default: --public-url's, PORT or 8000.")] = None,
    data_dir: Annotated[str, typer.Option(help=DATA_DIR_HELP)] = "",
    database_url: Annotated[str, typer.Option(help=DATABASE_HELP)] = "",
    public_url: Annotated[
        str, typer.Option(help=f"{PUBLIC_URL_HELP} Such as http://id.example.localhost:8000, to try sibling hosts.")
    ] = "",
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    compatibility: Annotated[
        str, typer.Option(help="Reference systems whose front ends run unchanged: docs/compatibility.md.")
    ] = "",
    reload: Annotated[bool, typer.Option(help="Restart when the Python code changes.")] = False,
) -> None:
    """Start a development server: secrets made, schema migrated, demo users seeded, mailbox on."""
    overrides = development(data_dir, public_url, port) | {"HOST": host, "WORKERS": str(workers)}
    chosen = {"DATABASE_URL": database_url, "COMPATIBILITY": compatibility}
    overrides |= {name: value for name, value in chosen.items() if value}
    warn_of_old_names({name: value for name, value in overrides.items() if name != "SECRET_KEY_FILE"})
    bootstrap.development_secret(Path(overrides["DATA_DIR"]))
    settings = load(overrides)
    _prepare(settings)
    export(overrides)
    _greet(settings)
    run(settings, reload=reload)


def _prepare(settings: Settings) -> None:
    problem = pending_migrations(settings)
    if problem is not None and problem.name == "database schema":
        migrated(settings)
    elif problem is not None:
        fail(problem)
    if wrong := wrong_secret(settings):
        fail(wrong)
    with_system(settings, lambda system: system.services.accounts.demo.seed())


def _greet(settings: Settings) -> None:
    url = settings.server.public_url
    username, email, password = DEMO_USERS[0]
    say(
        f"""
  Vestibule is starting (development).

    App       {url}/
    Mailbox   {url}/dev/mailbox
    Connect   {url}/connect
    API       {url}/api/openapi.json

    Sign in as {username} (or {email}) with the password: {password}

  {_compatible(settings)}Data is kept in {settings.server.data_dir}. Stop with Ctrl+C.
"""
    )


def _compatible(settings: Settings) -> str:
    names = settings.server.compatibility
    return f"Compatibility profiles: {', '.join(names)} (docs/compatibility.md)\n\n  " if names else ""
