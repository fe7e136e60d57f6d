"""`vestibule seed`: demo users, in development only."""

from typing import Annotated

import typer

from vestibule.cli._common import fail, load_any, say, with_system
from vestibule.cli._installation import of_installation
from vestibule.settings import Problem, is_configured


@of_installation
def seed(
    undo: Annotated[bool, typer.Option("--undo", help="Remove the demo users and everything of theirs.")] = False,
) -> None:
    """Add the demo users. Their passwords are public, so this is refused outside development."""
    if is_configured():
        fix = "Seed on a machine where only `vestibule dev` runs; use `vestibule users create` here."
        fail(Problem("environment", "a production secret is configured", "development", fix))
    settings = load_any()
    if undo:
        removed = with_system(settings, lambda system: system.services.accounts.demo.unseed())
        say(f"Removed {', '.join(removed) or 'nothing: no demo users were there'}.")
        return
    added = with_system(settings, lambda system: system.services.accounts.demo.seed())
    say(f"Added {', '.join(added) or 'nothing: the demo users are there'}.")
