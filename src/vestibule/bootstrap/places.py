"""Where the data is, and the master secret of a development folder."""

import base64
import secrets
from pathlib import Path

from vestibule.db import url as database_urls
from vestibule.db.url import DatabaseUrl
from vestibule.settings import Settings


def database_url(settings: Settings) -> DatabaseUrl:
    """Where the data is."""
    return database_urls.parse(settings.database_url, settings.database.schema)


def direct_database_url(settings: Settings) -> DatabaseUrl:
    """The same past any pooler: for what lasts longer than a transaction."""
    return database_urls.parse(settings.database.direct_url or settings.database_url, settings.database.schema)


def new_secret() -> str:
    """A fresh master secret: 48 random bytes."""
    return base64.urlsafe_b64encode(secrets.token_bytes(48)).decode()


def development_secret(folder: Path) -> Path:
    """The file with this data folder's master secret, readable by its owner only; made when missing."""
    path = folder / "secret_key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(new_secret() + "\n", encoding="utf-8")
    return path
