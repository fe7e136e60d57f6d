"""The addresses of the database, and the master secret of a development folder."""

import base64
import secrets
from pathlib import Path

from vestibule.db.url import DatabaseUrl, parse
from vestibule.settings import Problem, Settings, SettingsError


def database_url(settings: Settings) -> DatabaseUrl:
    """Return the address of the database."""
    return parse(settings.database_url, settings.database.schema)


def direct_database_url(settings: Settings) -> DatabaseUrl:
    """Return the address of the database past any pooler: for work that lasts longer than a transaction."""
    return parse(settings.database.direct_url or settings.database_url, settings.database.schema)


def new_secret() -> str:
    """Return a fresh master secret: 48 random bytes, as base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(48)).decode()


def secret_file(folder: Path) -> Path:
    """Return the place of the master secret in a development server's data folder; it may be missing."""
    return folder / "secret_key"


def development_secret(folder: Path) -> Path:
    """Return the file with this data folder's master secret, readable by its owner only; created when missing.

    Raises SettingsError for a folder that cannot be made or written to.
    """
    path = secret_file(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(new_secret() + "\n", encoding="utf-8")
    except OSError as error:
        expected = f"a folder that can be made and written to ({error.strerror})"
        problem = Problem(
            "VESTIBULE_DATA_DIR", str(folder), expected, "Name another folder, or correct its owner and mode."
        )
        raise SettingsError([problem]) from error
    return path
