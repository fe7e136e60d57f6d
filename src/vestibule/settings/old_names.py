"""Environment variables of the systems that Vestibule replaces: never read as settings, but each is named with its
successor, so that none is ignored without a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.settings import environment
from vestibule.settings.groups import declared
from vestibule.settings.item import PREFIX, variables


@dataclass(frozen=True, slots=True)
class Successor:
    """What to set instead (`advice`), and the settings, without prefix, any of which says that this was done."""

    advice: str
    settings: tuple[str, ...]


_SERVER = Successor("VESTIBULE_DATABASE_URL=postgresql://user:password@host:port/name", ("DATABASE_URL",))
_SECRET = Successor("VESTIBULE_SECRET_KEY, to a new secret of `vestibule secrets new`", ("SECRET_KEY",))
SUCCESSORS = {
    "DB_HOST": _SERVER,
    "DB_PORT": _SERVER,
    "DB_USER": _SERVER,
    "DB_PASSWORD": _SERVER,
    "DB_NAME": _SERVER,
    "DB_FILE": Successor("VESTIBULE_DATABASE_URL=sqlite:///path/to/file.db", ("DATABASE_URL",)),
    "SCHEMA": Successor("VESTIBULE_DATABASE_SCHEMA", ("DATABASE_SCHEMA",)),
    "JWT_SECRET": _SECRET,
    "JWT_REFRESH_SECRET": _SECRET,
    "JWT_ACCESS_SECRET": _SECRET,
    "JWT_EXPIRES_IN": Successor(
        "VESTIBULE_SESSION_IDLE (cookie session) or VESTIBULE_ACCESS_TOKEN_LIFETIME (token session), with a unit",
        ("SESSION_IDLE", "ACCESS_TOKEN_LIFETIME"),
    ),
    "FRONTEND_URL": Successor("VESTIBULE_APP_URL", ("APP_URL",)),
    "RESEND_API_KEY": Successor("VESTIBULE_RESEND_API_KEY, with VESTIBULE_MAIL_TRANSPORT=resend", ("RESEND_API_KEY",)),
    "ALLOWED_ORIGIN": Successor("VESTIBULE_CORS_ORIGINS", ("CORS_ORIGINS",)),
}


def old_name_advice(overrides: Mapping[str, str]) -> list[str]:
    """Return one sentence for each old name that is set while its successor is not. No sentence contains a value.

    Reads what `load` reads for these overrides (names without prefix; `ENV` decides about the .env file). Raises
    SettingsError for a .env file that cannot be read.
    """
    values = environment.variables(overrides) | {PREFIX + name: value for name, value in overrides.items()}
    present = {name for name, value in values.items() if value.strip()}
    spellings = {meta["name"]: variables(meta) for meta in declared()}
    return [
        f"{name} is not read by Vestibule: set {successor.advice}"
        for name, successor in SUCCESSORS.items()
        if name in present
        and not environment.is_service_address(values[name])
        and not any(present & spellings[setting] for setting in successor.settings)
    ]
