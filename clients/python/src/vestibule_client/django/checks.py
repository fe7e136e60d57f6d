"""Django's system check of the settings: `manage.py check`, and every start through manage.py."""

from typing import Any

from django.core.checks import Error

from vestibule_client.django.client import client
from vestibule_client.errors import Misconfigured


def check_settings(**_: Any) -> list[Error]:
    """Return an error when settings.VESTIBULE and the environment lack a setting, or one is wrong."""
    try:
        client()
    except Misconfigured as error:
        what = f"got {error.got}; expected {error.expected}"
        hint = f"{error.fix} In Django's settings: VESTIBULE = {{'ISSUER': 'https://id.example.com'}}."
        return [Error(what, hint=hint, id="vestibule.E001")]
    return []
