"""The six reverse proxies, started for real with what `vestibule proxy` prints, before an application that listens."""

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from servers import command, free_port

KINDS = ("nginx", "caddy", "traefik", "apache", "haproxy", "envoy")
DEBIAN_MODULES = Path("/usr/lib/apache2/modules")


class _Handler(BaseHTTPRequestHandler):
    """Writes down what came, and answers with it. What it is to remember and to send stands on its server."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        offered = self.headers.get("Upgrade")
        if not offered:
            self._read_body()
        # `self.path` is not what was sent: two slashes at its beginning are one there.
        target = self.requestline.split(" ")[1]
        headers = [[name.lower(), value] for name, value in self.headers.items()]
        seen = {"method": self.command, "target": target, "headers": headers, "peer": self.client_address}
        self.server.requests.append(seen)
        if offered == "websocket":
            self._echo()
        else:
            self._answer(json.dumps(seen).encode())

    do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_CONNECT = do_GET  # noqa: N815 - looked for by name

    def _read_body(self) -> None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                self.rfile.read(size + 2)
            while self.rfile.readline().strip():
                pass
        else:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in self.server.identity.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _echo(self) -> None:
        key = self.headers.get("Sec-WebSocket-Key", "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accepted = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()  # RFC 6455 section 4.2.2
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "websocket")
        self.send_header("Sec-WebSocket-Accept", accepted)
        self.end_headers()
        self.close_connection = True
        while line := self.rfile.readline():
            self.wfile.write(line)

    def log_message(self, *_: object) -> None: ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Proxies end connections as they like."""


class Application:
    """Answers every request with what it got, and keeps it.

    It takes any upgrade that it is offered, and reads no body beside one, as some applications do: what reaches it behind
    an upgrade counts as another request. `identity` are headers of its answers.
    """

    def __init__(self, **identity: str) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.identity = identity
        self.requests = self._server.requests = []
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def proxy(kind: str, folder: Path, host: str, application: str, vestibule: str, **environment: str) -> Iterator[int]:
    """The port where this proxy listens, configured by the command line of the product."""
    port = free_port()
    told = ("--host", host, "--upstream", application, "--vestibule", vestibule, "--port", str(port))
    printed = command("proxy", kind, *told, "--out", str(folder), folder=folder, **environment)
    assert printed.returncode == 0, printed.stderr
    with start(kind, folder, port):
        yield port


@contextmanager
def start(kind: str, folder: Path, port: int) -> Iterator[None]:
    """The proxy with the files that lie in this folder."""
    with (folder / "proxy.log").open("w") as log:
        process = subprocess.Popen(globals()[f"_{kind}"](folder, port), stdout=log, stderr=log)
    try:
        _wait_for(port, process, folder / "proxy.log")
        yield
    finally:
        process.terminate()
        process.wait(20)


def _nginx(folder: Path, _: int) -> list[str]:
    (folder / "main.conf").write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"{'user root;' if os.geteuid() == 0 else ''} events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"include {folder}/nginx.conf; }}"
    )
    return [_program("nginx"), "-c", str(folder / "main.conf"), "-e", str(folder / "error.log")]


def _caddy(folder: Path, _: int) -> list[str]:
    whole = folder / "Caddyfile"
    whole.write_text("{\n\tadmin off\n\tauto_https off\n}\n" + whole.read_text())
    environment = [f"XDG_DATA_HOME={folder}", f"XDG_CONFIG_HOME={folder}"]
    return ["env", *environment, _program("caddy"), "run", "--config", str(whole), "--adapter", "caddyfile"]


def _traefik(folder: Path, port: int) -> list[str]:
    (folder / "static.yaml").write_text(
        f"entryPoints: {{ web: {{ address: '127.0.0.1:{port}' }} }}\n"
        f"providers: {{ file: {{ filename: '{folder}/traefik.yaml' }} }}\n"
        "global: { checkNewVersion: false, sendAnonymousUsage: false }\n"
    )
    return [str(Path(sys.executable).parent / "traefik"), f"--configFile={folder}/static.yaml"]


def _apache(folder: Path, port: int) -> list[str]:
    names = ("mpm_event", "authz_core", "headers", "proxy", "proxy_http", "lua", "setenvif", "unixd")
    built_in = subprocess.run([_program("apache2"), "-l"], capture_output=True, text=True, check=True).stdout
    modules = [
        f"LoadModule {name}_module {DEBIAN_MODULES}/mod_{name}.so" for name in names if f"mod_{name}.c" not in built_in
    ]
    (folder / "main.conf").write_text(
        "\n".join([
            f"ServerRoot {folder}", f"PidFile {folder}/apache.pid", f"ErrorLog {folder}/error.log", "ServerName localhost",
            f"DefaultRuntimeDir {folder}", *modules, f"Listen 127.0.0.1:{port}", f"Include {folder}/apache.conf",
        ])
    )  # fmt: skip
    return [_program("apache2"), "-f", str(folder / "main.conf"), "-DFOREGROUND"]


def _haproxy(folder: Path, _: int) -> list[str]:
    return [_program("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")]


def _envoy(folder: Path, _: int) -> list[str]:
    options = ["--disable-hot-restart", "--concurrency", "1", "-l", "warning"]
    return [str(Path(sys.executable).parent / "envoy"), "-c", str(folder / "envoy.yaml"), *options]


def _program(name: str) -> str:
    found = shutil.which(name) or f"/usr/sbin/{name}"
    assert Path(found).exists(), f"{name} is needed: make test installs it, or says how"
    return found


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(log.read_text())
