"""The addresses of the database, and the master secret of a development folder."""

import base64
import secrets
from pathlib import Path

from vestibule.db import url as database_urls
from vestibule.db.url import DatabaseUrl
from vestibule.settings import Settings


def database_url(settings: Settings) -> DatabaseUrl:
    """Return the address of the database."""
    return database_urls.parse(settings.database_url, settings.database.schema)


def direct_database_url(settings: Settings) -> DatabaseUrl:
    """Return the address of the database past any pooler: for work that lasts longer than a transaction."""
    return database_urls.parse(settings.database.direct_url or settings.database_url, settings.database.schema)


def new_secret() -> str:
    """Return a fresh master secret: 48 random bytes, as base64url."""
    return base64.urlsafe_b64encode(secrets.token_bytes(48)).decode()


def development_secret(folder: Path) -> Path:
    """Return the file with this data folder's master secret, readable by its owner only; created when missing."""
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(new_secret() + "\n", encoding="utf-8")
    return path
