"""The Django application: its settings, and the target of `@login_required`."""

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register

from vestibule_client.django.checks import check_settings

_DJANGOS_OWN = "/accounts/login/"


class VestibuleConfig(AppConfig):
    """The Django application. `VESTIBULE = {"ISSUER": "https://id.example.com"}` overrides the environment."""

    name = "vestibule_client.django"
    label = "vestibule"
    verbose_name = "Vestibule"

    def ready(self) -> None:
        """Register the system check, and set LOGIN_URL to the view that signs in at Vestibule, unless the project has
        set it.
        """
        register(check_settings, "vestibule")
        if settings.LOGIN_URL == _DJANGOS_OWN:
            settings.LOGIN_URL = "vestibule:sign-in"
