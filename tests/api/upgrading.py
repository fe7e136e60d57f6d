"""Servers that a request with an Upgrade header may meet: ours, others, and applications with Vestibule inside."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import httpx

from harness import PASSWORD, SECRET
from programs import application
from servers import command, free_port, server


class Host(NamedTuple):
    """`reads`: such a request is read as if the header were not there. `prefix`: where Vestibule is mounted."""

    port: int
    prefix: str
    reads: bool
    is_ours: bool = False

    def answers(self) -> None:
        """Wait for an answer on another connection: the server has looked at all of them meanwhile."""
        other = HTTPConnection("127.0.0.1", self.port, timeout=20)
        other.request("GET", f"{self.prefix}/health")
        assert other.getresponse().status == 200
        other.close()


# What serves which application. uvicorn with httptools takes the body of such a request for the next request.
STANDALONE, EMBEDDED = "vestibule.app:worker", "embedded_app"
HOSTS = {
    "ours": None,
    "uvicorn": (STANDALONE, "httptools"),
    "inside an application on uvicorn": (EMBEDDED, "httptools"),
    "inside an application on uvicorn with h11": (EMBEDDED, "h11"),
    "inside an application on Granian": (EMBEDDED, "asgi"),
}


@contextmanager
def host(name: str, folder: Path) -> Iterator[Host]:
    """One of `HOSTS`, ready, with Alice registered."""
    chosen = HOSTS[name]
    with _ours(folder) if chosen is None else _other(folder, *chosen) as running:
        url = f"http://localhost:{running.port}{running.prefix}/api/auth/register"
        alice = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
        httpx.post(url, json=alice).raise_for_status()
        yield running


@contextmanager
def _ours(folder: Path) -> Iterator[Host]:
    with server(folder) as running:
        yield Host(running.port, "", reads=True, is_ours=True)


@contextmanager
def _other(folder: Path, module: str, interface: str) -> Iterator[Host]:
    port, prefix = free_port(), "/auth" if module == EMBEDDED else ""
    url = f"http://localhost:{port}{prefix}"
    environment = {
        "VESTIBULE_ENV": "development", "VESTIBULE_SECRET_KEY": SECRET, "VESTIBULE_DATA_DIR": str(folder),
        "VESTIBULE_DATABASE_URL": f"sqlite:///{folder / 'vestibule.db'}", "VESTIBULE_ARGON2_MEMORY_KIB": "64",
    }  # fmt: skip
    address = {"VESTIBULE_ISSUER" if prefix else "VESTIBULE_PUBLIC_URL": url}
    assert command("db", "upgrade", folder=folder, **environment, VESTIBULE_PUBLIC_URL=url).returncode == 0
    with application(folder, module, interface, port=port, **environment, **address):
        yield Host(port, prefix, reads=interface != "httptools")
