"""What the HTTP layers need to know about the deployment: small, frozen, made from the settings."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import urlsplit

from vestibule.domain.profile_fields import NO_FIELDS, ProfileFields

Network = IPv4Network | IPv6Network
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_LOOPBACK_ORIGIN = re.compile(rf"http://({'|'.join(map(re.escape, LOOPBACK_HOSTS))})(:[0-9]{{1,5}})?")


@dataclass(frozen=True, slots=True, repr=False)
class HttpConfig:
    """Addresses, origins and switches of the HTTP layers. Only `public_url` decides about origins and cookies.

    `app_url`: the application's pages, which may call the API; `pages_url`: Vestibule's own, to which redirects lead.
    """

    public_url: str
    app_url: str
    pages_url: str
    cors_origins: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    proxy_header: str
    further_hosts: tuple[str, ...]
    development: bool
    body_limit: int
    session_lifetime_seconds: int
    product: str
    registration: str
    password_min_length: int
    metrics_token: str
    pages: Path
    forward_domain: str = ""
    compatibility: tuple[str, ...] = ()
    profile_fields: ProfileFields = NO_FIELDS

    @property
    def secure(self) -> bool:
        """Whether users arrive over HTTPS: decides cookie prefixes, Secure and HSTS."""
        return self.public_url.startswith("https://")

    @property
    def prefix(self) -> str:
        """The path under which Vestibule is served; empty when it has a host to itself."""
        return urlsplit(self.public_url).path

    @property
    def foreign_origins(self) -> tuple[str, ...]:
        """Other origins whose pages may call the API with credentials."""
        app = origin_of(self.app_url)
        own = (app,) if app != origin_of(self.public_url) else ()
        return (*own, *self.cors_origins)

    @property
    def own_origins(self) -> frozenset[str]:
        """The public URL's origin; in development also its other loopback names on the same port."""
        origin = origin_of(self.public_url)
        parts = urlsplit(origin)
        if not self.development or parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
            return frozenset({origin})
        port = f":{parts.port}" if parts.port else ""
        return frozenset(f"{parts.scheme}://{host}{port}" for host in LOOPBACK_HOSTS)

    @property
    def loopback_origin(self) -> re.Pattern[str] | None:
        """The pattern of further origins whose pages may call the API: in development on this machine its loopback
        names at any port, because front ends have servers of their own there. None everywhere else.
        """
        is_local = self.development and _host_of(self.public_url) in LOOPBACK_HOSTS
        return _LOOPBACK_ORIGIN if is_local else None

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of this origin (scheme, host and port) may send requests that change something."""
        lower, local = origin.lower(), self.loopback_origin
        return lower in self.own_origins or lower in self.foreign_origins or bool(local and local.fullmatch(lower))

    def cookie_reaches(self, host: str) -> bool:
        """Whether a browser that signed in here sends its session or forward-auth cookie to this host."""
        domain = self.forward_domain
        return host == _host_of(self.public_url) or bool(domain and (host == domain or host.endswith(f".{domain}")))

    @property
    def hosts(self) -> frozenset[str]:
        """The host names that requests may use; if one is a loopback name, all loopback names count."""
        own = {_host_of(self.public_url), _host_of(self.app_url), *self.further_hosts}
        return frozenset(own | set(LOOPBACK_HOSTS if own & set(LOOPBACK_HOSTS) else ()))


def _host_of(url: str) -> str:
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def origin_of(url: str) -> str:
    """Scheme, host and port of an address, in lower case (RFC 6454 section 4)."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
