"""The one client of a Django project."""

from functools import cache

from django.conf import settings

from vestibule_client.client import Vestibule, chosen, default
from vestibule_client.settings import settings as read_settings

_NAMES = ("issuer", "audience", "origin", "client_id", "client_secret")


@cache
def _configured() -> Vestibule | None:
    given = getattr(settings, "VESTIBULE", {})
    chosen = {name: given[name.upper()] for name in _NAMES if given.get(name.upper())}
    return Vestibule(read_settings(**chosen)) if chosen else None


def client() -> Vestibule:
    """Of settings.VESTIBULE (ISSUER, AUDIENCE, ORIGIN, CLIENT_ID, CLIENT_SECRET), else of the environment."""
    return chosen() or _configured() or default()
