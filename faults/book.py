"""Clients that keep a book: every request with what became of it, and afterwards what must be true of it.

`ok` must be in the database, `unknown` (no answer, or a 5xx) may be either, but consistently. One line per request, in
a list that is only ever added to.
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
    """One request: when, what, about whom, with what outcome."""

    at: float
    seconds: float
    action: str
    who: str
    outcome: str
    status: int
    facts: dict[str, Any] = field(default_factory=dict)


class Book:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.leaks: list[str] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        with self._lock:
            self.entries.append(entry)

    def of(self, action: str, outcome: str = "ok") -> list[Entry]:
        return [entry for entry in self.entries if entry.action == action and entry.outcome == outcome]

    def since(self, moment: float) -> "Figures":
        return Figures([entry for entry in self.entries if entry.at >= moment])


class Figures:
    """What operators want to know about a stretch of time."""

    def __init__(self, entries: list[Entry]) -> None:
        self.requests = len(entries)
        self.errors = sum(entry.outcome == "unknown" for entry in entries)
        good = sorted(entry.at + entry.seconds for entry in entries if entry.outcome == "ok")
        self.gap = max((b - a for a, b in itertools.pairwise(good)), default=0.0)
        self.times = sorted(entry.seconds for entry in entries if entry.outcome == "ok")

    @property
    def p50(self) -> float:
        return statistics.median(self.times) if self.times else 0.0

    @property
    def p99(self) -> float:
        return self.times[int(len(self.times) * 0.99)] if self.times else 0.0


class Client(threading.Thread):
    """A person at the token door who does everything, over and over, until told to stop."""

    def __init__(
        self, book: Book, base_urls: list[str], number: int, pause: float = 0.0, host: str = "localhost"
    ) -> None:
        super().__init__(daemon=True)
        self.book = book
        self._bases = base_urls
        self.number = number
        self._pause = pause
        self._host = host
        self._random = random.Random(number)
        self._stopping = threading.Event()
        self._http = httpx.Client(timeout=20)
        self._agent = f"faults/{number}"

    def stop(self) -> None:
        self._stopping.set()
        self.join(60)
        self._http.close()

    def run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.life()
            except Gone:
                self._stopping.wait(0.05)

    def life(self) -> None:
        """Register, sign in twice, refresh, look, change the password, sign out of one: with a book entry each."""
        name = f"u{self.number}" + "".join(self._random.choices(string.ascii_lowercase, k=10))
        email, password = f"{name}@example.com", PASSWORD
        self.ask("register", name, "/api/auth/register", {"username": name, "email": email, "password": password})
        first = self.sign_in(name, password)
        second = self.sign_in(name, password)
        first = self.refresh(name, first)
        self.ask("profile", name, "/api/auth/profile", None, first["accessToken"])
        # Of its own, and without the name, which no password may hold.
        new = f"{PASSWORD} {name[::-1]}"
        body = {"currentPassword": password, "newPassword": new}
        self.ask("change", name, "/api/auth/change-password", body, first["accessToken"], password=new,
                 ended=second["accessToken"])  # fmt: skip
        third = self.sign_in(name, new)
        self.ask("logout", name, "/api/auth/logout", {}, third["accessToken"], ended=third["accessToken"])

    def sign_in(self, name: str, password: str) -> dict[str, Any]:
        return self.ask("login", name, "/api/auth/login", {"email": f"{name}@example.com", "password": password})

    def refresh(self, name: str, tokens: dict[str, Any]) -> dict[str, Any]:
        """A lost answer is asked for again with the same token, as clients do: within the grace it comes."""
        body = {"refreshToken": tokens["refreshToken"]}
        for _ in range(3):
            try:
                return self.ask("refresh", name, "/api/auth/refresh", body)
            except Gone:
                self._stopping.wait(0.2)
        raise Gone

    def ask(self, action: str, who: str, path: str, body: Any, token: str = "", **facts: Any) -> dict[str, Any]:
        headers = {"User-Agent": self._agent, "Host": self._host}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        base, began = self._random.choice(self._bases), time.monotonic()
        try:
            answer = self._http.request("GET" if body is None else "POST", base + path, json=body, headers=headers)
        except httpx.HTTPError:
            self.note(action, who, began, "unknown", 0, facts)
            raise Gone from None
        outcome = "ok" if answer.is_success else "unknown" if answer.status_code >= 500 else "fail"
        if answer.status_code >= 500 and any(leak in answer.text for leak in _LEAKS):
            self.book.leaks.append(answer.text[:300])
        self.note(action, who, began, outcome, answer.status_code, facts)
        if self._pause:
            self._stopping.wait(self._pause)
        if outcome != "ok":
            raise Gone
        return answer.json()

    def note(self, action: str, who: str, began: float, outcome: str, status: int, facts: dict[str, Any]) -> None:
        self.book.add(Entry(began, time.monotonic() - began, action, who, outcome, status, facts))


class Gone(Exception):
    """No answer, or none to go on with: this life ends here."""
