"""`vestibule seed`: demo users, in development only."""

from typing import Annotated

import typer

from vestibule.cli._common import DATA_DIR, development_overrides, fail, load, say, with_system
from vestibule.settings import Problem, default_port, is_configured


def seed(
    undo: Annotated[bool, typer.Option("--undo", help="Remove the demo users and everything of theirs.")] = False,
    data_dir: Annotated[str, typer.Option(help="The data folder of `vestibule dev`.")] = DATA_DIR,
    database_url: Annotated[str, typer.Option(help="The database of `vestibule dev --database-url`.")] = "",
) -> None:
    """Add the demo users. Their passwords are public, so this is refused outside development."""
    if is_configured():
        fix = "Seed on a machine where only `vestibule dev` runs; use `vestibule users create` here."
        fail(Problem("environment", "a production secret is configured", "development", fix))
    overrides = development_overrides(data_dir, default_port())
    if database_url:
        overrides["DATABASE_URL"] = database_url
    settings = load(overrides)
    if undo:
        removed = with_system(settings, lambda system: system.services.accounts.demo.unseed())
        say(f"Removed {', '.join(removed) or 'nothing: no demo users were there'}.")
        return
    added = with_system(settings, lambda system: system.services.accounts.demo.seed())
    say(f"Added {', '.join(added) or 'nothing: the demo users are there'}.")
