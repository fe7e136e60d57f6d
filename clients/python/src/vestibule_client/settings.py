"""The settings of an application that uses Vestibule, from arguments or the environment."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from vestibule_client.errors import Misconfigured

# Seconds for which cached keys are used when Vestibule does not answer.
KEYS_TOLERATED = 3600.0


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """The settings of an application that uses Vestibule.

    `issuer`: the public URL of Vestibule. `audience`: the API that access tokens must be for; by default Vestibule
    itself. `origin`: the address of this application (https://app.example.com); the header of a reverse proxy is
    accepted only if it is set. `client_id`, `client_secret`: a registered client (`vestibule clients create`), for API
    keys.
    """

    issuer: str
    audience: str = ""
    origin: str = ""
    client_id: str = ""
    client_secret: str = ""

    def __repr__(self) -> str:
        return f"Settings({self.issuer})"

    @property
    def session_cookie(self) -> str:
        """The name of Vestibule's session cookie."""
        return "__Host-vestibule_session" if self.issuer.startswith("https://") else "vestibule_session"

    @property
    def forward_auth_cookie(self) -> str:
        """The name of the cookie that Vestibule gives to sibling hosts."""
        return ("__Secure-" if self.issuer.startswith("https://") else "") + "vestibule_forward_auth"


def settings(
    issuer: str = "", *, audience: str = "", origin: str = "", client_id: str = "", client_secret: str = ""
) -> Settings:
    """Return checked settings. What is not passed is read from the environment: VESTIBULE_ISSUER, _AUDIENCE,
    _APP_ORIGIN, _CLIENT_ID, _CLIENT_SECRET (or _CLIENT_SECRET_FILE). Raises Misconfigured, naming the setting.
    """
    found = Settings(
        issuer=(issuer or _read("ISSUER")).rstrip("/"),
        audience=audience or _read("AUDIENCE"),
        origin=(origin or _read("APP_ORIGIN")).rstrip("/"),
        client_id=client_id or _read("CLIENT_ID"),
        client_secret=client_secret or _read("CLIENT_SECRET"),
    )
    _check("VESTIBULE_ISSUER", found.issuer, "Set it to the public URL of your Vestibule.")
    if found.origin:
        _check("VESTIBULE_APP_ORIGIN", found.origin, "Set it to where this application is reached, without a path.")
        if urlsplit(found.origin).path:
            raise Misconfigured(f"VESTIBULE_APP_ORIGIN={found.origin}", "scheme and host only", "Leave the path out.")
    if bool(found.client_id) != bool(found.client_secret):
        raise Misconfigured(
            "one of VESTIBULE_CLIENT_ID and VESTIBULE_CLIENT_SECRET", "both or none",
            "`vestibule clients create NAME` prints both.",
        )  # fmt: skip
    return found


def _check(name: str, value: str, fix: str) -> None:
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Misconfigured(f"{name}={value!r}", "an address such as https://id.example.com", fix) from None
    loopback = host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")
    # As text, too: a bare `?` or `#` has an empty query or fragment.
    if not host or "?" in value or "#" in value or "@" in parts.netloc or parts.scheme not in {"https", "http"}:
        raise Misconfigured(f"{name}={value!r}", "an address such as https://id.example.com", fix)
    if parts.scheme == "http" and not loopback:
        raise Misconfigured(f"{name}={value!r}", "https (http is for loopback names only)", fix)


def _read(name: str) -> str:
    if value := os.environ.get(f"VESTIBULE_{name}", ""):
        return value
    path = os.environ.get(f"VESTIBULE_{name}_FILE", "")
    if not path:
        return ""
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 - one line, no other use of paths here
            return file.read().strip()
    except (OSError, ValueError) as error:
        raise Misconfigured(
            f"VESTIBULE_{name}_FILE={path!r}, which cannot be read ({type(error).__name__})", "a file of text",
            "Check the path, and that the application may read it.",
        ) from None  # fmt: skip
