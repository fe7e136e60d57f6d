"""Environment variables: Vestibule's own, without those that Kubernetes sets, and a .env file in development."""

import os
import re
from collections.abc import Mapping

from dotenv import dotenv_values

from vestibule.settings.item import PREFIX
from vestibule.settings.problems import Problem, SettingsError

# Kubernetes describes every service of the namespace to every container (the manual's "Accessing the Service"). Of one
# named vestibule, or vestibule-database, the variables begin as ours do.
_OF_A_SERVICE = re.compile(
    rf"{PREFIX}(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)\Z", re.ASCII
)
_ADDRESS_OF_A_SERVICE = re.compile(r"(tcp|udp|sctp)://", re.IGNORECASE)
_FILE = ".env"


def variables(overrides: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment, over that of a .env file when ENV is development. `overrides` may say so (no prefix).

    Raises SettingsError for a .env file that cannot be read.
    """
    environ = without_services(os.environ)
    kind = (overrides or {}).get("ENV") or environ.get(f"{PREFIX}ENV")
    return without_services(_of_file()) | environ if kind == "development" else environ


def without_services(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without those of Kubernetes' services."""
    return {name: value for name, value in environ.items() if not _is_of_a_service(name, value)}


def is_service_address(value: str) -> bool:
    """Whether a variable's value is an address such as tcp://10.0.0.1:80, as Kubernetes writes for a service's port."""
    return bool(_ADDRESS_OF_A_SERVICE.match(value.strip()))


def _is_of_a_service(name: str, value: str) -> bool:
    port = name.startswith(PREFIX) and name.endswith("PORT") and is_service_address(value)
    return bool(port or _OF_A_SERVICE.match(name))


def _of_file() -> dict[str, str]:
    try:
        return {name: value for name, value in dotenv_values(_FILE).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        fix = f"Make it readable, or remove it. ({type(error).__name__})"
        raise SettingsError(
            [Problem(_FILE, "a file that cannot be read", "lines of NAME=value in UTF-8", fix)]
        ) from error
