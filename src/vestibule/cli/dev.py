"""`vestibule dev`: everything, from nothing, on this machine."""

from typing import Annotated
from urllib.parse import urlsplit

import typer

from vestibule import settings
from vestibule.cli._common import DATA_DIR, development_overrides, fail, load, say, with_system
from vestibule.cli._server import migrated, pending_migrations, run
from vestibule.services.demo import DEMO_USERS
from vestibule.settings import Settings


def dev(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(help="Port to listen on; default: --public-url's, PORT or 8000.")] = None,
    data_dir: Annotated[str, typer.Option(help="Folder for the database, the secret and the mailbox.")] = DATA_DIR,
    database_url: Annotated[str, typer.Option(help="postgresql://… instead of SQLite in the data folder.")] = "",
    public_url: Annotated[
        str, typer.Option(help="Another loopback name, such as http://id.example.localhost:8000, to try sibling hosts.")
    ] = "",
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    reload: Annotated[bool, typer.Option(help="Restart when the Python code changes.")] = False,
) -> None:
    """Start a development server: secrets made, schema migrated, demo users seeded, mailbox on."""
    overrides = development_overrides(data_dir, port or _port_of(public_url) or settings.default_port())
    overrides |= {"HOST": host, "WORKERS": str(workers)}
    if public_url:
        overrides["PUBLIC_URL"] = public_url
    if database_url:
        overrides["DATABASE_URL"] = database_url
    given = load(overrides)
    _prepare(given)
    settings.export(overrides)
    _greet(given)
    run(given, reload=reload)


def _port_of(public_url: str) -> int | None:
    try:
        return urlsplit(public_url).port
    except ValueError:
        return None  # the settings say what is wrong with it


def _prepare(given: Settings) -> None:
    problem = pending_migrations(given)
    if problem is not None and problem.name == "database schema":
        migrated(given)
    elif problem is not None:
        fail(problem)
    with_system(given, lambda system: system.services.demo.seed())


def _greet(given: Settings) -> None:
    url = given.server.public_url
    username, email, password = DEMO_USERS[0]
    say(
        f"""
  Vestibule is starting (development).

    App       {url}/
    Mailbox   {url}/dev/mailbox
    Connect   {url}/connect
    API       {url}/api/openapi.json

    Sign in as {username} (or {email}) with the password: {password}

  Data is kept in {given.server.data_dir}. Stop with Ctrl+C.
"""
    )
