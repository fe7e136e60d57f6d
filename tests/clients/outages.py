"""The Python and the JavaScript library behind one call, so that one table of misbehaviours is walked by both."""

import logging
import threading
import time
from collections.abc import Callable

import httpx
from misbehaving import Misbehaving
from vestibule_client import AuthError, Incoming, Vestibule
from vestibule_client.settings import settings

QUICK, PATIENT = 2.0, 60.0  # seconds that a client waits for Vestibule
_CLIENT = {"client_id": "client_of_the_tests", "client_secret": "a secret of the tests"}


class PythonApp:
    """A new client in this process."""

    language = "python"

    def __init__(self, server: Misbehaving, timeout: float, *, origin: str = "", has_client: bool = True) -> None:
        self.url = "http://localhost:3000"
        self._moved = 0.0
        chosen = settings(server.url, origin=origin, **(_CLIENT if has_client else {}))
        self._client = Vestibule(chosen, timeout=timeout)
        self._client.issuer.now = lambda: time.monotonic() + self._moved
        self._log: list[str] = []
        self._handler = logging.Handler()
        self._handler.emit = lambda record: self._log.append(record.getMessage())
        logging.getLogger("vestibule_client").addHandler(self._handler)

    def ask(self, headers: dict[str, str], method: str = "GET") -> dict:
        try:
            found = self._client.user(Incoming.of(method, f"{self.url}/page", headers.items()))
        except AuthError as error:
            return {
                "status": error.status,
                "code": error.code,
                "got": error.got,
                "expected": error.expected,
                "fix": error.fix,
            }
        return {"status": 200, "via": found and found.via, "id": found and found.id}

    def later(self, seconds: float) -> None:
        self._moved += seconds

    def log(self) -> list[str]:
        return self._log

    def close(self) -> None:
        logging.getLogger("vestibule_client").removeHandler(self._handler)
        self._client.close()


class JavaScriptApp:
    """A new client in a Node process that serves many tests."""

    language = "javascript"

    def __init__(
        self, server: Misbehaving, timeout: float, url: str, *, origin: str = "", has_client: bool = True
    ) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=90)
        given = {"issuer": server.url, "timeout": str(1000 * timeout), "origin": origin}
        if has_client:
            given |= {"clientId": _CLIENT["client_id"], "clientSecret": _CLIENT["client_secret"]}
        self._http.get("/fresh", params=given).raise_for_status()

    def ask(self, headers: dict[str, str], method: str = "GET") -> dict:
        return self._http.request(method, "/page", headers=headers).json()

    def later(self, seconds: float) -> None:
        self._http.get("/later", params={"seconds": str(seconds)}).raise_for_status()

    def log(self) -> list[str]:
        return self._http.get("/log").json()

    def close(self) -> None:
        self._http.close()


def credentials(server: Misbehaving) -> dict[str, dict[str, str]]:
    """Headers with one of each kind; the tokens live longer than any test moves the time."""
    cookie = {"Cookie": server.issuer.cookie("user_c")["Cookie"].replace("__Host-", "")}
    return {"token": server.issuer.headers("user_t", expires_in=90_000), "cookie": cookie,
            "api key": server.issuer.api_key("user_k")}  # fmt: skip


def until(state: Callable[[], bool], what: str) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + 30
    while not state():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.01)


def in_background(work: Callable[[], dict]) -> Callable[[], dict]:
    """Start this work in a thread; the result waits for its outcome."""
    outcome: list[dict] = []
    thread = threading.Thread(target=lambda: outcome.append(work()), daemon=True)
    thread.start()

    def result() -> dict:
        thread.join(30)
        assert outcome, "it still waits"
        return outcome[0]

    return result
