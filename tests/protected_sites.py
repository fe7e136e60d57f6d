"""A host behind a real reverse proxy, and the server that the proxy asks."""

import fcntl
import select
import socket
import termios
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from harness import PASSWORD
from reverse_proxies import Application, proxy
from servers import Server, free_port, server

HOST, ID, PUBLIC = "app.example.localhost", "id.example.localhost", "pub.example.localhost"
RULES = f"{HOST}/public/* public\n{HOST}/admin/* role=admin\n{HOST}/* signed-in\n{PUBLIC}/* public"


class Connection:
    """A connection on which bytes are sent as they are."""

    def __init__(self, port, timeout) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *parts):
        """The status and the body of the answer; 0 when the connection ended without one."""
        try:
            for part in parts:
                self._socket.sendall(part.encode())
                self._wait_until_received()
            answer = HTTPResponse(self._socket, method=parts[0].partition(" ")[0])
            answer.begin()
            return answer.status, answer.read().decode("latin-1") if answer.status != 101 else ""
        except (OSError, HTTPException):
            return 0, ""

    def echo(self, line):
        """What comes back for a line, beyond HTTP."""
        self._socket.sendall(line)
        return self._socket.recv(len(line))

    def close(self):
        self._socket.close()

    def _wait_until_received(self):
        """Until the other end's system has it all, or has answered: so that the next part is another segment."""
        answered = False
        while any(fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(4))) and not answered:
            answered = bool(select.select([self._socket], [], [], 0)[0])


class Site:
    """A host behind one proxy, seen by a client that keeps its own cookies."""

    def __init__(self, kind, port, application, vestibule) -> None:
        self.kind = kind
        self.port = port
        self.application = application
        self.vestibule = vestibule
        self.http = httpx.Client(timeout=20)
        self.authority = f"{HOST}:{port}"

    def wait_for_routes(self):
        """The status of the first answer: some proxies listen before they have read who is behind them."""
        for _ in range(1000):
            if (status := self.get("/public/x").status_code) != 404:
                return status
            time.sleep(0.01)
        raise AssertionError(f"{self.kind} knows no such host")

    def get(self, target, headers=(), method="GET"):
        given = list(headers.items()) if isinstance(headers, dict) else list(headers)
        return self.http.request(
            method, f"http://127.0.0.1:{self.port}{target}", headers=[("Host", self.authority), *given]
        )

    def connect(self, timeout=20):
        """A connection to the proxy, for what no client library would send."""
        return Connection(self.port, timeout)

    def send(self, *parts, timeout=20):
        """The answer to these bytes, each part in a segment of its own."""
        with closing(self.connect(timeout)) as connection:
            return connection.send(*parts)

    def ask(self, method, path, json=None, **headers):
        """A request to Vestibule itself, under its own name."""
        given = {"Host": f"{ID}:{self.vestibule.port}", **headers}
        url = path if path.startswith("http") else f"http://{ID}:{self.vestibule.port}{path}"
        parts = urlsplit(url)
        address = f"http://127.0.0.1:{self.vestibule.port}{parts.path}{'?' + parts.query if parts.query else ''}"
        return self.http.request(method, address, json=json, headers=given)

    def sign_in(self, name):
        """Somebody's browser session: its cookie, and the cookie that the other hosts of the domain see."""
        registered = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.ask("POST", "/api/auth/register", registered)
        csrf = self.ask("GET", "/api/csrf/restore")
        jar = "; ".join(f"{k}={v}" for k, v in csrf.cookies.items())
        answer = self.ask("POST", "/api/session", {"credential": name, "password": PASSWORD},
                          **{"Cookie": jar, "XSRF-Token": csrf.json()["XSRF-Token"]})  # fmt: skip
        assert answer.status_code == 200, answer.text
        session = f"vestibule_session={answer.cookies['vestibule_session']}"
        back = self.ask("GET", f"/forward-auth/return?to=http://{self.authority}/", Cookie=session)
        self.http.cookies.clear()
        return session, back.headers["set-cookie"].partition(";")[0], answer.cookies["XSRF-TOKEN"]


@contextmanager
def vestibule_server(folder: Path) -> Iterator[Server]:
    """A server that has rules for HOST; `settings` are those for `vestibule proxy`."""
    port = free_port()
    told = {
        "VESTIBULE_FORWARD_AUTH_DOMAIN": "example.localhost",
        "VESTIBULE_FORWARD_AUTH": RULES, "VESTIBULE_ARGON2_MEMORY_KIB": "64",
        "VESTIBULE_LIMIT_REGISTRATION": "1000/1m",
    }  # fmt: skip
    url = f"http://{ID}:{port}"
    with server(folder, "dev", "--data-dir", str(folder), "--public-url", url, port=port, **told) as running:
        running.settings = told | printing(folder, url)
        yield running


def printing(folder: Path, url: str = f"http://{ID}:8000") -> dict[str, str]:
    """Settings enough for `vestibule proxy`."""
    return {
        "VESTIBULE_PUBLIC_URL": url, "VESTIBULE_ENV": "development", "VESTIBULE_DATA_DIR": str(folder),
        "VESTIBULE_SECRET_KEY": "x7Kx2Vq7Zt4Lm9Rb3Yn6Hs5Jd1Pf0Gc-printing",
    }  # fmt: skip


@contextmanager
def protected_site(kind: str, folder: Path, vestibule: Server, application: Application) -> Iterator[Site]:
    """The application behind this proxy, once the proxy knows its routes."""
    address = f"http://127.0.0.1:{vestibule.port}"
    with proxy(kind, folder, HOST, application.url, address, **vestibule.settings) as port:
        site = Site(kind, port, application, vestibule)
        site.wait_for_routes()
        application.requests.clear()
        yield site
        site.http.close()
