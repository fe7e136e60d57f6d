"""Vestibule behind six real reverse proxies that share their connections to it among people (A1).

Each is configured as its handbook has it, with upgrades passed on and connections kept. A stranger's body reads as a
request; nobody may get its answer, and the server may never see it.
"""

import socket
from contextlib import suppress

import httpx
import pytest

from reverse_proxies import KINDS, start
from servers import free_port, server

pytestmark = pytest.mark.servers

SMUGGLED = b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled-request\r\n\r\n"
FILES = {
    "nginx": ("nginx.conf", """
        map $http_upgrade $told {{ default upgrade; "" ""; }}
        upstream vestibule {{ server 127.0.0.1:{port}; keepalive 8; }}
        server {{
            listen 127.0.0.1:{own};
            location / {{
                proxy_pass http://vestibule;
                proxy_http_version 1.1;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $told;
                proxy_set_header Host localhost;
                proxy_request_buffering off;
            }}
        }}"""),
    "caddy": ("Caddyfile", ":{own} {{\n\treverse_proxy 127.0.0.1:{port}\n}}\n"),
    "traefik": ("traefik.yaml", """
http:
  routers: {{ all: {{ rule: "PathPrefix(`/`)", entryPoints: [web], service: vestibule }} }}
  services: {{ vestibule: {{ loadBalancer: {{ servers: [{{ url: "http://127.0.0.1:{port}" }}] }} }} }}
"""),
    "apache": ("apache.conf", """
ProxyPreserveHost On
ProxyPass "/" "http://127.0.0.1:{port}/" upgrade=ANY
"""),
    "haproxy": ("haproxy.cfg", """
defaults
    mode http
    timeout client 30s
    timeout connect 5s
    timeout server 30s
    timeout tunnel 30s
    http-reuse always
frontend all
    bind 127.0.0.1:{own}
    default_backend vestibule
backend vestibule
    server one 127.0.0.1:{port}
"""),
    "envoy": ("envoy.yaml", """
static_resources:
  listeners:
    - name: all
      address: {{ socket_address: {{ address: 127.0.0.1, port_value: {own} }} }}
      filter_chains:
        - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: all
                upgrade_configs: [{{ upgrade_type: websocket }}, {{ upgrade_type: h2c }}, {{ upgrade_type: anything }}]
                http_filters:
                  - name: envoy.filters.http.router
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                route_config:
                  virtual_hosts:
                    - {{ name: all, domains: ["*"], routes: [{{ match: {{ prefix: "/" }}, route: {{ cluster: vestibule }} }}] }}
  clusters:
    - name: vestibule
      connect_timeout: 2s
      load_assignment:
        cluster_name: vestibule
        endpoints: [{{ lb_endpoints: [{{ endpoint: {{ address: {{ socket_address: {{ address: 127.0.0.1, port_value: {port} }} }} }} }}] }}]
"""),
}  # fmt: skip
UPGRADES = [
    ["Upgrade: h2c"],
    ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="],
    ["Upgrade: anything"],
]
# The last is longer than what a proxy keeps until it is whole.
BODIES = {
    "with a length": (f"Content-Length: {len(SMUGGLED)}", SMUGGLED),
    "in chunks": ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)),
    "large": (f"Content-Length: {len(SMUGGLED) * 5000}", SMUGGLED * 5000),
}


@pytest.fixture(scope="module")
def vestibule(tmp_path_factory):
    with server(tmp_path_factory.mktemp("vestibule")) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def front(request, tmp_path_factory, vestibule):
    """The port of a proxy that is ready."""
    folder, own = tmp_path_factory.mktemp(request.param), free_port()
    name, text = FILES[request.param]
    (folder / name).write_text(text.format(port=vestibule.port, own=own))
    with start(request.param, folder, own):
        while whoami(own, "until-it-is-ready") is None:
            pass
        yield own


def whoami(port, request_id):
    """The body of the answer to a question of one's own, and nobody else's; None when it is no answer of Vestibule's."""
    headers = {"Host": "localhost", "X-Request-Id": request_id}
    answer = httpx.get(f"http://127.0.0.1:{port}/api/session", headers=headers, timeout=20)
    if answer.status_code != 200:
        return None
    assert answer.headers["x-request-id"] == request_id
    return answer.json()


def smuggle(wire, upgrade, framing, body):
    """A request that asks for an upgrade, and its body by itself after the head was read."""
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    lines = ["POST /api/auth/login HTTP/1.1", "Host: localhost", "Connection: Upgrade", *upgrade, framing]
    wire.sendall("\r\n".join([*lines, "Content-Type: application/json", "", ""]).encode())
    whoami(wire.getpeername()[1], "between-head-and-body")
    with suppress(OSError):  # some proxies refuse such a request at once
        wire.sendall(body)


@pytest.mark.parametrize("upgrade", UPGRADES, ids=lambda lines: lines[0])
@pytest.mark.parametrize("kind", BODIES)
def test_nobody_gets_a_stranger_s_answer(front, vestibule, upgrade, kind):
    for number in range(3):
        with socket.create_connection(("127.0.0.1", front), timeout=20) as stranger:
            smuggle(stranger, upgrade, *BODIES[kind])
            for other in range(4):
                assert whoami(front, f"another-visitor-{number}-{other}")["user"] is None
    marker = "the-log-is-written-up-to-here"
    httpx.get(f"{vestibule.url}/health", headers={"X-Request-Id": marker})
    while not any(marker in line for line in [*vestibule.output]):
        pass
    seen = [line for line in vestibule.output if "smuggled-request" in line]
    vestibule.output.clear()
    assert seen == []
