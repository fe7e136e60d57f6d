"""The Django application: settings, and where `@login_required` sends people."""

from django.apps import AppConfig
from django.conf import settings

_DJANGOS_OWN = "/accounts/login/"


class VestibuleConfig(AppConfig):
    """Reads `VESTIBULE = {"ISSUER": "https://id.example.com"}`; what is not there comes from the environment."""

    name = "vestibule_client.django"
    label = "vestibule"
    verbose_name = "Vestibule"

    def ready(self) -> None:
        """Unless LOGIN_URL was set, signing in happens at Vestibule."""
        if settings.LOGIN_URL == _DJANGOS_OWN:
            settings.LOGIN_URL = "vestibule:sign-in"
