"""The real server in the test's process, for the pytest plugin; needs the distribution `vestibule`."""

import asyncio
import itertools
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from vestibule import settings
from vestibule.app import create_app
from vestibule.bootstrap import Overrides, direct_database_url, new_secret
from vestibule.crypto import totp
from vestibule.crypto.clock import SystemClock
from vestibule.db import migrate
from vestibule.domain.database_url import sqlite_text
from vestibule.domain.errors import Denied
from vestibule.server.serving import Server, configuration, listen
from vestibule_client.client import Vestibule, set_default
from vestibule_client.settings import settings as client_settings

PASSWORD = "rainy tuesday harbour"  # noqa: S105 - of tests
_SECOND = 1_000_000


class MovableClock:
    """The server's clock: real time, until a test moves it."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self._moved = 0

    def now(self) -> int:
        """Return microseconds since 1970 UTC."""
        return self._real.now() + self._moved

    def monotonic(self) -> int:
        """Return monotonic microseconds."""
        return self._real.monotonic() + self._moved

    def advance(self, seconds: float) -> None:
        """Move the clock forward by this many seconds."""
        self._moved += int(seconds * _SECOND)


@dataclass(slots=True)
class AuthUser:
    """A user who is registered and signed in.

    Both are request headers: `headers` with an access token, `cookie` with the cookie of a cookie session.
    """

    id: str
    username: str
    email: str
    password: str
    headers: dict[str, str] = field(repr=False)
    cookie: dict[str, str] = field(repr=False)


class VestibuleServer(AbstractContextManager["VestibuleServer"]):
    """A real server: `url`, `clock.advance(seconds)`, `mails(to)`, `user(role=…, aal=…)`, and a `client`."""

    def __init__(self, folder: Path, **overrides: str) -> None:
        self._listener = listen("127.0.0.1", 0)
        port = self._listener.getsockname()[1]
        self.url = f"http://localhost:{port}"
        self.clock = MovableClock()
        limits = {
            f"LIMIT_{name}": "100000/1m" for name in ("REGISTRATION", "CODES", "STEPS", "LOGIN_ADDRESS", "LOGIN_GLOBAL")
        }
        loaded = settings.load({
            "ENV": "development", "PUBLIC_URL": self.url, "DATA_DIR": str(folder), "PORT": str(port),
            "SECRET_KEY": new_secret(), "ARGON2_MEMORY_KIB": "64", "ARGON2_TIME": "1",
            "DATABASE_URL": sqlite_text(folder / "vestibule.db"), **limits, **overrides,
        })  # fmt: skip
        migrate.upgrade(direct_database_url(loaded))
        self._app = create_app(loaded, Overrides(clock=self.clock))
        self._server = Server(configuration(lambda: self._app))
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="vestibule-server", daemon=True)
        self._numbers = itertools.count(1)
        self.client = Vestibule(client_settings(self.url), wall=lambda: self.clock.now() / _SECOND)

    def __enter__(self) -> Self:
        """Start the server, and make its client the default one of applications. Raises RuntimeError."""
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            if not self._thread.is_alive():
                raise RuntimeError("The server did not start; its log says why.")
        set_default(self.client)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server, and return applications to their own client."""
        set_default(None)
        self.client.close()
        self._app.state.services.tokens.status_changes.stop()
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()

    def user(self, *, role: str | None = None, aal: int = 1, name: str = "") -> AuthUser:
        """Register a new user through the API, and sign in with both session types; `aal=2`: with password and app."""
        username = name or f"tester{next(self._numbers)}"
        email = f"{username}@example.com"
        made = self._sent("POST", "/api/auth/register", {"username": username, "email": email, "password": PASSWORD})
        user_id = made["user"]["id"]
        if role:
            self._operate(self._app.state.services.accounts.roles.grant(user_id, role))
        tokens = self._sent("POST", "/api/auth/login", {"email": email, "password": PASSWORD})
        with httpx.Client(base_url=self.url) as browser:
            token = browser.get("/api/csrf/restore").json()["XSRF-Token"]
            body = {"credential": username, "password": PASSWORD}
            browser.post("/api/session", json=body, headers={"XSRF-Token": token}).raise_for_status()
            if aal > 1:
                self._add_app(browser)
                tokens = self._with_code(browser, email)
            secret = browser.cookies["vestibule_session"]
        bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
        return AuthUser(user_id, username, email, PASSWORD, bearer, {"Cookie": f"vestibule_session={secret}"})

    def mails(self, to: str = "") -> list[dict[str, Any]]:
        """Return the emails to addresses that contain `to`, newest first: `to`, `subject`, `text`, `links`."""
        with httpx.Client(base_url=self.url) as http:
            found: list[dict[str, Any]] = http.get("/dev/mailbox.json").json()
        return [mail for mail in found if to in mail["to"]]

    def page(self, browser: Any, user: AuthUser, **context: Any) -> Any:
        """Return a signed-in page of Playwright (sync). Cookies of a host apply to all of its ports."""
        made = browser.new_context(**context)
        name, _, value = user.cookie["Cookie"].partition("=")
        made.add_cookies([{"name": name, "value": value, "url": self.url, "httpOnly": True, "sameSite": "Lax"}])
        return made.new_page()

    def _add_app(self, browser: httpx.Client) -> None:
        headers = {"XSRF-Token": browser.get("/api/csrf/restore").json()["XSRF-Token"]}
        begun = browser.post("/api/account/totp", headers=headers).raise_for_status().json()
        self._seed = begun["secret"]
        code = totp.code_at(self._seed, totp.step_at(self.clock.now()))
        done = browser.post(f"/api/account/totp/{begun['ceremony']}", json={"code": code}, headers=headers)
        done.raise_for_status()

    def _with_code(self, browser: httpx.Client, email: str) -> dict[str, Any]:
        self.clock.advance(30)  # a code is valid once
        with httpx.Client(base_url=self.url) as http:
            begun = http.post("/api/auth/login", json={"email": email, "password": PASSWORD}).json()
            code = totp.code_at(self._seed, totp.step_at(self.clock.now()))
            step = {"method": "totp", "code": code, "secret": begun["attempt"]["secret"]}
            done = http.post(f"/api/login/{begun['attempt']['id']}/steps", json=step)
            tokens: dict[str, Any] = done.raise_for_status().json()
        return tokens

    def _operate(self, work: Any) -> None:
        outcome = asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
        if isinstance(outcome, Denied):
            raise outcome.reason

    def _sent(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        with httpx.Client(base_url=self.url) as http:
            answer = http.request(method, path, json=body)
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._server.serve([self._listener]))
        finally:
            self._loop.close()
