"""The Django application: its settings, and the target of `@login_required`."""

from django.apps import AppConfig
from django.conf import settings

_DJANGOS_OWN = "/accounts/login/"


class VestibuleConfig(AppConfig):
    """The Django application. `VESTIBULE = {"ISSUER": "https://id.example.com"}` overrides the environment."""

    name = "vestibule_client.django"
    label = "vestibule"
    verbose_name = "Vestibule"

    def ready(self) -> None:
        """Set LOGIN_URL to the view that signs in at Vestibule, unless the project has set it."""
        if settings.LOGIN_URL == _DJANGOS_OWN:
            settings.LOGIN_URL = "vestibule:sign-in"
