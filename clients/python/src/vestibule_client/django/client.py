"""The client of a Django project."""

from functools import cache

from django.conf import settings

from vestibule_client.client import Vestibule, chosen, default
from vestibule_client.client import check_at_start as check_default
from vestibule_client.settings import settings as read_settings

_NAMES = ("issuer", "audience", "origin", "client_id", "client_secret")


@cache
def _configured() -> Vestibule | None:
    configured = getattr(settings, "VESTIBULE", {})
    chosen = {name: configured[name.upper()] for name in _NAMES if configured.get(name.upper())}
    return Vestibule(read_settings(**chosen)) if chosen else None


def client() -> Vestibule:
    """Return the project's client, by settings.VESTIBULE (ISSUER, AUDIENCE, ORIGIN, CLIENT_ID, CLIENT_SECRET), or else
    by the environment.
    """
    return chosen() or _configured() or default()


def check_at_start() -> None:
    """Raise Misconfigured now, when the project starts, if its settings are missing or wrong."""
    if _configured() is None:
        check_default()
