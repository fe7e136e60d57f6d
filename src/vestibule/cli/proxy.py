"""`vestibule proxy`: print the configuration that puts an application behind Vestibule, for six reverse proxies."""

import re
import zlib
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from vestibule.cli._common import fail, load_any, say
from vestibule.cli._installation import of_installation
from vestibule.cli._proxy_template import TABLES, filled
from vestibule.settings import Problem, Settings, hosts, without_password

_LONGEST_SLUG = 24
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\Z")


class Kind(StrEnum):
    """The reverse proxies whose printed blocks are tested."""

    NGINX = "nginx"
    CADDY = "caddy"
    TRAEFIK = "traefik"
    APACHE = "apache"
    HAPROXY = "haproxy"
    ENVOY = "envoy"


# Each template, with the file name under which the proxy looks for it.
_FILES: dict[Kind, dict[str, str]] = {
    Kind.NGINX: {"nginx.conf": "nginx.conf"},
    Kind.CADDY: {"Caddyfile": "Caddyfile"},
    Kind.TRAEFIK: {"traefik.yaml": "traefik.yaml"},
    Kind.APACHE: {"apache.conf": "apache.conf", "apache.lua": "vestibule.lua"},
    Kind.HAPROXY: {"haproxy.cfg": "haproxy.cfg", "haproxy.lua": "vestibule.lua"},
    Kind.ENVOY: {"envoy.yaml": "envoy.yaml"},
}


@of_installation
def proxy(
    kind: Annotated[Kind, typer.Argument(help="The reverse proxy in front of the application.")],
    host: Annotated[str, typer.Option(help="The host name under which people reach the application.")],
    upstream: Annotated[str, typer.Option(help="Where the proxy reaches the application.")] = "http://127.0.0.1:3000",
    vestibule: Annotated[str, typer.Option(help="Where the proxy reaches Vestibule; default: its own port here.")] = "",
    port: Annotated[int, typer.Option(help="The port that people use; default: 443, or 80 without TLS.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Write the files into this folder instead of printing.")] = None,
) -> None:
    """Print a complete block that puts an application behind Vestibule (docs/forward-auth.md)."""
    settings = load_any(stored=False)
    vestibule = vestibule or f"http://127.0.0.1:{settings.server.port}"
    host, upstream = _host(host), _address("--upstream", upstream, schemes=("http",))
    vestibule = _address("--vestibule", vestibule, schemes=("http", "https"))
    if urlsplit(upstream).path:
        fail(Problem("--upstream", upstream, "an address such as http://127.0.0.1:3000", "Name one, without a path."))
    facts = _facts(settings, host, upstream, vestibule, port, out)
    files = {name: filled(template, facts) for template, name in _FILES[kind].items()}
    for name, text in files.items():
        if out is None:
            typer.echo((f"# ---- {name}\n" if len(files) > 1 else "") + text, nl=False)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / name).write_text(text)
    for hint in _hints(settings, host):
        say(hint)


def _host(text: str) -> str:
    """The host as browsers send it; exits with code 1 when it cannot be one."""
    try:
        found = hosts.host(text)
    except ValueError:
        found = ""
    if not _HOST.match(found):
        expected = "a host name such as app.example.com, without scheme and port"
        fail(Problem("--host", text, expected, "Name the one under which people reach the application."))
    return found


def _address(option: str, text: str, *, schemes: tuple[str, ...]) -> str:
    """An address as browsers write it; exits with code 1 when it cannot be one."""
    try:
        found = hosts.web_address(text)
    except ValueError as error:
        fail(Problem(option, without_password(text), str(error), "Name one such as http://127.0.0.1:8000."))
    if found.origin.partition("://")[0] not in schemes:
        fail(Problem(option, text, f"{' or '.join(schemes)}://…", "Name one such as http://127.0.0.1:8000."))
    return found.origin + found.path


def _hints(settings: Settings, host: str) -> list[str]:
    """Return hints on settings without which users cannot reach the application through the proxy."""
    own, domain = urlsplit(settings.server.public_url).hostname or "", settings.proxy.domain
    hints = []
    if host != own and not (domain and (host == domain or host.endswith(f".{domain}"))):
        above = host.partition(".")[2]
        hints.append(f"Set VESTIBULE_FORWARD_AUTH_DOMAIN={above}: without it {host} never learns who is signed in.")
    if not any(rule.covers(host) for rule in settings.proxy.rules) and (settings.proxy.rules or host != own):
        hints.append(f"Set VESTIBULE_FORWARD_AUTH='{host}/* signed-in': without a rule {host} is closed.")
    if not settings.server.trusted_proxies and not settings.is_development:
        hints.append("Set VESTIBULE_TRUSTED_PROXIES to the address of the proxy, such as 127.0.0.1/32.")
    return hints


def _facts(settings: Settings, host: str, upstream: str, vestibule: str, port: int, out: Path | None) -> dict[str, str]:
    secure, slug = settings.server.public_url.startswith("https://"), re.sub(r"[^a-z0-9]", "_", host)
    if slug[0].isdigit() or len(slug) > _LONGEST_SLUG:
        # nginx takes no variable that begins with a digit, or is very long.
        slug = f"n{zlib.crc32(host.encode()):08x}_{slug[:12]}"
    port = port or (443 if secure else 80)
    here, there = urlsplit(vestibule), urlsplit(upstream)
    certificate = f"/etc/ssl/certs/{host}.pem", f"/etc/ssl/private/{host}.key"
    return {
        "HOST": host,
        "SLUG": slug,
        "PORT": str(port),
        "SCHEME": "https" if secure else "http",
        "UPSTREAM": upstream.rstrip("/"),
        "UPSTREAM_ADDRESS": f"{there.hostname}:{there.port or 80}",
        "UPSTREAM_HOST": there.hostname or "",
        "UPSTREAM_PORT": str(there.port or 80),
        "AUTHORITY": host if port == (443 if secure else 80) else f"{host}:{port}",
        "VESTIBULE": vestibule.rstrip("/"),
        "VESTIBULE_SCHEME": here.scheme,
        "VESTIBULE_ADDRESS": here.netloc if here.port else f"{here.netloc}:{443 if here.scheme == 'https' else 80}",
        "VESTIBULE_PATH": here.path.rstrip("/"),
        "VESTIBULE_HOST": here.hostname or "",
        "VESTIBULE_PORT": str(here.port or 80),
        "FOLDER": str(out.absolute()) if out else "/etc/vestibule",
        **TABLES,
        **(_with_tls(host, port, *certificate) if secure else _without_tls(host, port)),
    }


def _with_tls(host: str, port: int, certificate: str, key: str) -> dict[str, str]:
    envoy = f"""
          transport_socket:
            name: envoy.transport_sockets.tls
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates:
                  - certificate_chain: {{ filename: {certificate} }}
                    private_key: {{ filename: {key} }}"""
    nginx = f"listen {port} ssl;\n    ssl_certificate {certificate};\n    ssl_certificate_key {key};"
    apache = (
        f"<VirtualHost *:{port}>\n    SSLEngine on\n    SSLCertificateFile {certificate}\n"
        f"    SSLCertificateKeyFile {key}"
    )
    return {
        "LISTEN_NGINX": nginx,
        "LISTEN_APACHE": apache,
        "LISTEN_HAPROXY": f"bind :{port} ssl crt {certificate}",
        "SITE_CADDY": host if port == 443 else f"{host}:{port}",
        "ENTRY_TRAEFIK": "websecure",
        "TLS_TRAEFIK": "\n      tls: {}",
        "TLS_ENVOY": envoy,
    }


def _without_tls(host: str, port: int) -> dict[str, str]:
    return {
        "LISTEN_NGINX": f"listen {port};",
        "LISTEN_APACHE": f"<VirtualHost *:{port}>",
        "LISTEN_HAPROXY": f"bind :{port}",
        "SITE_CADDY": f"http://{host}:{port}",
        "ENTRY_TRAEFIK": "web",
        "TLS_TRAEFIK": "",
        "TLS_ENVOY": "",
    }
