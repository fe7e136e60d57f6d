"""`vestibule info`: print the configuration and the state."""

import json
import platform
from dataclasses import asdict
from typing import Annotated, Any

import typer

from vestibule import __version__, bootstrap
from vestibule.bootstrap import System
from vestibule.cli._common import load_any, with_system
from vestibule.cli._installation import of_installation
from vestibule.settings import GROUPS, Settings


@of_installation
def info(as_json: Annotated[bool, typer.Option("--json", help="As JSON, for bug reports.")] = False) -> None:
    """Show version, configuration and state, without secrets."""
    settings = load_any()
    found = {
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "database": bootstrap.database_url(settings).redacted,
        "settings": redacted(settings),
        "packages": _packages(settings),
        "state": with_system(settings, _state),
    }
    if as_json:
        typer.echo(json.dumps(found, indent=2, default=str))
        return
    for name, value in found.items():
        typer.echo(f"{name}: {json.dumps(value, default=str) if isinstance(value, dict) else value}")


def redacted(settings: Settings) -> dict[str, Any]:
    """Return all settings by group; of a secret only whether it is set."""
    shown: dict[str, Any] = {}
    for group, kind in GROUPS.items():
        values = getattr(settings, group)
        shown[group] = {
            name: ("set" if getattr(values, name) else "not set") if item.metadata["secret"] else getattr(values, name)
            for name, item in kind.__dataclass_fields__.items()
        }
    return shown


def _packages(settings: Settings) -> dict[str, Any] | str:
    """The client packages that the server offers, by name; else what builds them."""
    offered = bootstrap.client_packages(settings).offered.values()
    found = {package.kind.name: {"address": package.address, "sha256": package.sha256} for package in offered}
    return found or "none: `make setup` builds them"


async def _state(system: System) -> dict[str, Any]:
    ready = await system.services.operations.health.readiness()
    outbox = await system.services.records.outbox.state()
    began = system.clock.monotonic()
    await system.hashes.hash("how long does it take")
    hashed = system.clock.monotonic() - began
    return {"readiness": asdict(ready), "outbox": asdict(outbox), "password_hash_ms": round(hashed / 1000, 1)}
