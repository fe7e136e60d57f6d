"""Load-generating clients and the history of their requests, which invariants.py compares with the database.

Each request has an outcome: `ok` (acknowledged: its effect must be in the database), `fail` (refused: it must have had
no effect) or `unknown` (no answer, or a 5xx: either, but consistently). Entries are only ever appended.
"""

import itertools
import random
import statistics
import string
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

PASSWORD = "rainy tuesday harbour"
_LEAKS = ("Traceback", "asyncpg", "SELECT ", "INSERT ", "sqlalchemy", "/site-packages/")


@dataclass
class Entry:
    """One request of a client.

    `began`: `time.monotonic()` when it was sent; `seconds`: how long the answer took; `outcome`: `ok`, `fail` or
    `unknown`; `status`: the HTTP status, or 0 without an answer; `details`: what the checks need, such as `password`
    (the new one) or `ended` (a token of the session that it ended).
    """

    began: float
    seconds: float
    action: str
    username: str
    outcome: str
    status: int
    details: dict[str, Any] = field(default_factory=dict)


class History:
    """All requests of all clients, appended from their threads, and the texts of 5xx answers that leaked internals."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.leaks: list[str] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        with self._lock:
            self.entries.append(entry)

    def entries_of(self, action: str, outcome: str = "ok") -> list[Entry]:
        """Return the entries of this action, such as `register`, with this outcome."""
        return [entry for entry in self.entries if entry.action == action and entry.outcome == outcome]

    def figures_since(self, moment: float) -> "Figures":
        """Return the figures of all requests that were sent at `moment` (`time.monotonic()`) or later."""
        return Figures([entry for entry in self.entries if entry.began >= moment])

    def refused_sessions(self) -> list[Entry]:
        """Return the requests whose session or refresh token was refused, though no client had ended it."""
        by_session = ("refresh", "profile", "change", "logout")
        return [entry for entry in self.entries if entry.outcome == "fail" and entry.action in by_session]


class Figures:
    """Figures of a set of requests: their number, errors, latency, and the longest time without a success (seconds)."""

    def __init__(self, entries: list[Entry]) -> None:
        self.requests = len(entries)
        self.errors = sum(entry.outcome == "unknown" for entry in entries)
        good = sorted(entry.began + entry.seconds for entry in entries if entry.outcome == "ok")
        self.gap = max((b - a for a, b in itertools.pairwise(good)), default=0.0)
        self.times = sorted(entry.seconds for entry in entries if entry.outcome == "ok")

    @property
    def p50(self) -> float:
        return statistics.median(self.times) if self.times else 0.0

    @property
    def p99(self) -> float:
        return self.times[int(len(self.times) * 0.99)] if self.times else 0.0


class Client(threading.Thread):
    """A thread that acts as a user with token sessions and repeats `run_cycle` until `stop` is called.

    Each request goes to a random one of `base_urls`; `pause` is the wait after each, in seconds; `number` seeds the
    random choices.
    """

    def __init__(
        self, history: History, base_urls: list[str], number: int, pause: float = 0.0, host: str = "localhost"
    ) -> None:
        super().__init__(daemon=True)
        self.history = history
        self._base_urls = base_urls
        self.number = number
        self._pause = pause
        self._host = host
        self._random = random.Random(number)
        self._stopping = threading.Event()
        self._http = httpx.Client(timeout=20)
        self._user_agent = f"faults/{number}"

    def stop(self) -> None:
        """Let the current cycle finish, for at most 60 s, and close the connections."""
        self._stopping.set()
        self.join(60)
        self._http.close()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.run_cycle()
            except RequestFailed:
                self._stopping.wait(0.05)

    def run_cycle(self) -> None:
        """Register, sign in twice, refresh, read the profile, change the password, sign in again and sign out.

        Each request becomes an entry of the history. RequestFailed ends the cycle; the next one registers a new user.
        """
        name, password = self.register(), PASSWORD
        first = self.sign_in(name, password)
        second = self.sign_in(name, password)
        first = self.refresh(name, first)
        self.request("profile", name, "/api/auth/profile", None, first["accessToken"])
        # Unique to this user, and with the name reversed: a password that contains the username is refused.
        new = f"{PASSWORD} {name[::-1]}"
        body = {"currentPassword": password, "newPassword": new}
        self.request("change", name, "/api/auth/change-password", body, first["accessToken"], password=new,
                 ended=second["accessToken"])  # fmt: skip
        third = self.sign_in(name, new)
        self.request("logout", name, "/api/auth/logout", {}, third["accessToken"], ended=third["accessToken"])

    def register(self) -> str:
        """Register a user with a new name and PASSWORD and return the name; RequestFailed unless it succeeded."""
        name = f"u{self.number}" + "".join(self._random.choices(string.ascii_lowercase, k=10))
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.request("register", name, "/api/auth/register", body)
        return name

    def sign_in(self, name: str, password: str) -> dict[str, Any]:
        """Sign in and return the answer with its tokens; RequestFailed unless the sign-in succeeded."""
        return self.request("login", name, "/api/auth/login", {"email": f"{name}@example.com", "password": password})

    def refresh(self, name: str, tokens: dict[str, Any]) -> dict[str, Any]:
        """Refresh and return the new tokens; after a lost answer try again with the same token, as real clients do.

        Within the grace period the server returns the same successor. RequestFailed after three tries.
        """
        body = {"refreshToken": tokens["refreshToken"]}
        for _ in range(3):
            try:
                return self.request("refresh", name, "/api/auth/refresh", body)
            except RequestFailed:
                self._stopping.wait(0.2)
        raise RequestFailed

    def request(
        self, action: str, username: str, path: str, body: Any, token: str = "", **details: Any
    ) -> dict[str, Any]:
        """Send a request (GET when `body` is None, else POST), record it, and return the parsed JSON answer.

        Raises RequestFailed when there is no answer, or one that is not a success.
        """
        headers = {"User-Agent": self._user_agent, "Host": self._host}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        base, began = self._random.choice(self._base_urls), time.monotonic()
        try:
            answer = self._http.request("GET" if body is None else "POST", base + path, json=body, headers=headers)
        except httpx.HTTPError:
            self.record(action, username, began, "unknown", 0, details)
            raise RequestFailed from None
        outcome = "ok" if answer.is_success else "unknown" if answer.status_code >= 500 else "fail"
        if answer.status_code >= 500 and any(leak in answer.text for leak in _LEAKS):
            self.history.leaks.append(answer.text[:300])
        self.record(action, username, began, outcome, answer.status_code, details)
        if self._pause:
            self._stopping.wait(self._pause)
        if outcome != "ok":
            raise RequestFailed
        return answer.json()

    def record(
        self, action: str, username: str, began: float, outcome: str, status: int, details: dict[str, Any]
    ) -> None:
        """Append an entry to the history; `began` is the `time.monotonic()` at which the request was sent."""
        self.history.add(Entry(began, time.monotonic() - began, action, username, outcome, status, details))


class RequestFailed(Exception):
    """A request got no answer, or one after which the client or the flow cannot continue."""
