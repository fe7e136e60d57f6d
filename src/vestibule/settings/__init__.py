"""Configuration: the only reader of environment variables.

Problems are collected and reported together, each with the setting's name, its value, what is expected, and a fix.
"""

import difflib
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from vestibule.domain.profile_declaration import DeclarationError, parse_declaration
from vestibule.domain.profile_fields import NO_FIELDS
from vestibule.settings import environment, parsers
from vestibule.settings.checks import check
from vestibule.settings.claims import claims
from vestibule.settings.groups import GROUPS, Settings, declared
from vestibule.settings.item import PREFIX, variables
from vestibule.settings.mailboxes import NO_MAILBOX, mailbox
from vestibule.settings.old_names import old_name_advice
from vestibule.settings.presets import defaults_of, overruled, profiles
from vestibule.settings.problems import Problem, SettingsError, without_password

__all__ = [
    "GROUPS",
    "PREFIX",
    "Problem",
    "Settings",
    "SettingsError",
    "default_port",
    "export",
    "is_configured",
    "load",
    "of_development",
    "old_name_advice",
    "overruled",
    "without_password",
]


def load(overrides: Mapping[str, str] | None = None, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Load the settings from overrides (names without prefix), the environment and, in development, a .env file.

    `environ` replaces the environment and the .env file. Raises SettingsError with every problem at once.
    """
    values = environment.variables(overrides) if environ is None else environment.without_services(environ)
    values |= {PREFIX + name: value for name, value in (overrides or {}).items()}
    problems: list[Problem] = _unknown(values)
    presets = _presets(values)
    groups = {name: _group(kind, values, presets, problems) for name, kind in GROUPS.items()}
    if problems:
        raise SettingsError(problems)
    settings = Settings(**groups)
    problems.extend(check(settings))
    if problems:
        raise SettingsError(problems, settings)
    return settings


def is_configured() -> bool:
    """Whether the environment has a master secret, and so is configured for production."""
    return any(os.environ.get(PREFIX + name) for name in ("SECRET_KEY", "SECRET_KEY_FILE"))


def of_development(name: str) -> str:
    """Return the text of a setting (name without prefix) as a development server reads it, from the environment or the
    .env file; empty when neither has it.
    """
    return environment.variables({"ENV": "development"}).get(PREFIX + name, "").strip()


def default_port() -> str:
    """Return a development server's port from VESTIBULE_PORT or PORT, unchecked; else 8000."""
    values = environment.variables({"ENV": "development"})
    return values.get(PREFIX + "PORT") or values.get("PORT") or "8000"


def export(overrides: Mapping[str, str]) -> None:
    """Write overrides (names without prefix) to the environment, which worker processes inherit."""
    os.environ.update({PREFIX + name: value for name, value in overrides.items()})


# Variables of the tests, and of applications that use Vestibule from the same environment (clients/python).
_OF_OTHERS = (
    "TEST_DATABASE_URL",
    "ISSUER",
    "AUDIENCE",
    "APP_ORIGIN",
    "CLIENT_ID",
    "CLIENT_SECRET",
    "CLIENT_SECRET_FILE",
)


def _unknown(environ: Mapping[str, str]) -> list[Problem]:
    known = {name for meta in declared() for name in variables(meta)}
    reserved = {PREFIX + name for name in _OF_OTHERS}
    problems = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known | reserved:
            near = difflib.get_close_matches(name, known, n=1)
            fix = f"Did you mean {near[0]}?" if near else "Remove it; docs/settings.md lists all settings."
            problems.append(Problem(name, "a setting that does not exist", "a known setting", fix))
    return problems


def _presets(environ: Mapping[str, str]) -> dict[str, str]:
    """The defaults that the chosen compatibility profiles change; none when the choice is wrong, as its parser says."""
    try:
        return defaults_of(profiles(environ.get(f"{PREFIX}COMPATIBILITY", "")))
    except ValueError:
        return {}


def _group(kind: Any, environ: Mapping[str, str], presets: Mapping[str, str], problems: list[Problem]) -> Any:
    values = {}
    for item in fields(kind):
        meta = item.metadata
        default = presets.get(meta["name"], meta["default"])
        raw = _raw(meta, environ, default, problems)
        try:
            values[item.name] = meta["parse"](raw) if raw or default else _empty(meta)
        except DeclarationError as error:
            problems.append(Problem(PREFIX + meta["name"], error.got, error.expected, error.fix))
            values[item.name] = None
        except ValueError as error:
            name = PREFIX + meta["name"]
            shown = "a secret value" if meta["secret"] else without_password(repr(raw))
            problems.append(Problem(name, shown, str(error), f"Set {name} to a value of that form."))
            values[item.name] = None
    return kind(**values)


def _empty(meta: Mapping[str, Any]) -> Any:
    parse = meta["parse"]
    if parse in {parsers.words, parsers.origins, parsers.networks, parsers.hosts, parsers.rules, profiles, claims}:
        return ()
    return {parsers.date: 0, parsers.spread: None, mailbox: NO_MAILBOX, parse_declaration: NO_FIELDS}.get(parse, "")


def _raw(meta: Mapping[str, Any], environ: Mapping[str, str], default: str, problems: list[Problem]) -> str:
    name = PREFIX + meta["name"]
    for key in (name, meta["also"]):
        if key and environ.get(key):
            return environ[key].strip()
    path = environ.get(name + "_FILE") if meta["secret"] else None
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            fix = "Name a readable text file that holds the value."
            problems.append(Problem(name + "_FILE", repr(path), "a readable file", f"{fix} ({type(error).__name__})"))
    return default
