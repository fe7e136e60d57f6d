"""A whole Vestibule in the test's process: real services, real database, the real ASGI application."""

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from fakes import SteppingClock
from promises import Witness
from vestibule import settings
from vestibule.app import create_app
from vestibule.bootstrap import Overrides
from vestibule.crypto import totp
from vestibule.domain.principal import Principal
from vestibule.tasks import SupervisedTask

SECRET = "k9f2Lq8ZrT4vXw1Bn6Yc3Hd7Mj5Ps0Ga-Uieo"
PASSWORD = "rainy tuesday harbour"
# `VESTIBULE_FAST_PATH=off make test` runs the suite on the ordinary routes alone.
FAST_PATH = os.environ.get("VESTIBULE_FAST_PATH", "on")
CHEAP_HASH = {"ARGON2_MEMORY_KIB": "64", "ARGON2_TIME": "1"}


class Browser:
    """An HTTP client with a cookie jar that sends the CSRF token back, as a page would."""

    def __init__(self, app: Any, base_url: str, address: str = "127.0.0.1") -> None:
        transport = httpx.ASGITransport(app=Witness(app), client=(address, 40000), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url=base_url, headers={"User-Agent": FIREFOX})

    async def csrf(self) -> str:
        return (await self.http.get("/api/csrf/restore")).json()["XSRF-Token"]

    async def send(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        token = self.http.cookies.get("XSRF-TOKEN") or await self.csrf()
        body = {} if json is None else {"json": json}
        return await self.http.request(method, path, headers={"XSRF-Token": token, **headers}, **body)

    async def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return await self.send("POST", path, json, **headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def register(self, username: str = "alice", email: str = "", password: str = PASSWORD) -> httpx.Response:
        body = {"username": username, "email": email or f"{username}@example.com", "password": password}
        return await self.post("/api/users", body)

    async def sign_in(self, credential: str = "alice", password: str = PASSWORD) -> httpx.Response:
        return await self.post("/api/session", {"credential": credential, "password": password})

    async def begin(self, identifier: str = "alice", **more: Any) -> Any:
        """Begin to sign in step by step."""
        return (await self.post("/api/login", {"identifier": identifier, **more})).json()

    async def step(self, answer: Any, method: str, **more: Any) -> httpx.Response:
        """One step of the attempt that an answer names."""
        return await self.post(f"/api/login/{answer['attempt']['id']}/steps", {"method": method, **more})

    async def add_passkey(self, authenticator: Any, name: str = "") -> httpx.Response:
        begun = (await self.post("/api/account/passkeys/options")).json()
        made = authenticator.create(begun["publicKey"])
        body = {"ceremony": begun["ceremony"], "credential": made, "name": name}
        return await self.post("/api/account/passkeys", body)

    async def add_totp(self, clock: SteppingClock) -> tuple[str, list[str]]:
        """Set up an authenticator app: its seed, and the recovery codes."""
        begun = (await self.post("/api/account/totp")).json()
        code = totp.code_at(begun["secret"], totp.step_at(clock.now()))
        done = await self.post(f"/api/account/totp/{begun['ceremony']}", {"code": code})
        return begun["secret"], done.json()["recoveryCodes"]

    async def whoami(self) -> Any:
        return (await self.get("/api/session")).json()["user"]


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


class Vestibule:
    """A running system under test, with its clock and its mailbox."""

    def __init__(self, app: Any, clock: SteppingClock, base_url: str) -> None:
        self.app = app
        self.clock = clock
        self.base_url = base_url
        self.services = app.state.services
        self.database = app.state.system.database
        transport = httpx.ASGITransport(app=Witness(app), client=("127.0.0.1", 40000), raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url=base_url)

    def browser(self, address: str = "127.0.0.1") -> Browser:
        return Browser(self.app, self.base_url, address)

    async def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        body = {} if json is None else {"json": json}
        return await self.http.post(path, headers=headers, **body)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    async def register(self, username: str = "alice", email: str = "", password: str = PASSWORD) -> httpx.Response:
        body = {"username": username, "email": email or f"{username}@example.com", "password": password}
        return await self.post("/api/auth/register", body)

    async def log_in(self, email: str = "alice@example.com", password: str = PASSWORD, **more: str) -> httpx.Response:
        return await self.post("/api/auth/login", {"email": email, "password": password, **more})

    async def verify(self, username: str = "alice") -> None:
        """The operator vouches for the address: what is added afterwards is its owner's."""
        user = await self.services.accounts.administration.find(username)
        await self.services.accounts.administration.mark_verified(user)

    async def with_app(self) -> tuple[Browser, str, list[str]]:
        """Alice's browser, her app's seed, her recovery codes; the next code is a fresh one."""
        browser = self.browser()
        await browser.register()
        await self.verify()
        seed, codes = await browser.add_totp(self.clock)
        self.clock.advance(30_000_000)
        return browser, seed, codes

    async def half_signed_in(self) -> tuple[Browser, Any]:
        """A browser of Alice's whose password was right, and the answer that wants more."""
        browser = self.browser()
        refused = (await browser.sign_in()).json()
        assert refused["code"] == "mfa_required"
        return browser, refused

    async def signed_in(self, username: str = "alice") -> dict[str, Any]:
        await self.register(username)
        return (await self.log_in(f"{username}@example.com")).json()

    async def mails(self, to: str = "", subject: str = "") -> list[dict[str, Any]]:
        found = (await self.get("/dev/mailbox.json")).json()
        return [mail for mail in found if to in mail["to"] and subject in mail["subject"]]

    async def link_token(self, to: str, subject: str) -> str:
        link = (await self.mails(to, subject))[0]["links"][0]
        return re.search(r"#token=(\S+)", link)[1]

    async def reset_token(self, email: str = "alice@example.com") -> str:
        await self.post("/api/auth/forgot-password", {"email": email})
        return await self.link_token(email, "Reset your password")

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        async with self.database.reading() as work:
            return list(await work.connection.all(sql, *values))

    async def caching(self) -> None:
        """Wait until this system believes its session cache."""
        while not await self.services.access.session_check.coherence.holds():
            await asyncio.sleep(0.005)

    async def principal(self, cookie: str) -> Principal:
        """The user and session of this session cookie, as a request with it would get them now."""
        check = self.services.access.session_check
        found = await check.by_cookie(cookie)
        return await check.whole_user(found.session, cookie)

    async def run(self, sql: str, *values: Any) -> int:
        async with self.database.writing() as work:
            return await work.connection.run(sql, *values)


def code_of(seed: str, clock: SteppingClock) -> str:
    """What the authenticator app shows now."""
    return totp.code_at(seed, totp.step_at(clock.now()))


def options_of(answer: Any, method: str) -> Any:
    """What a step that was offered takes."""
    return next(step["options"] for step in answer["steps"] if step["method"] == method)


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['accessToken']}"}


def environment(database_url: str, folder: Path, **overrides: str) -> dict[str, str]:
    given = {
        "ENV": "development",
        "PUBLIC_URL": "http://localhost:8000",
        "SECRET_KEY": SECRET,
        "DATA_DIR": str(folder),
        "DATABASE_URL": database_url,
        "FAST_PATH": FAST_PATH,
        **CHEAP_HASH,
        **overrides,
    }
    return {f"VESTIBULE_{name}": value for name, value in given.items()}


@asynccontextmanager
async def running(
    database_url: str, folder: Path, *, replaced: Overrides | None = None, **overrides: str
) -> AsyncIterator[Vestibule]:
    """A system whose jobs stand still (the mailbox sends what waits when it is read), but for the session cache's."""
    clock = SteppingClock()
    given = settings.load(environ=environment(database_url, folder, **overrides))
    chosen = replaced or Overrides(clock=clock)
    app = create_app(given, chosen)
    await app.state.system.database.open()
    following = SupervisedTask(
        "session_cache", app.state.services.access.session_check.coherence.follow, pauses=(0.01,)
    )
    following.start()
    try:
        yield Vestibule(app, chosen.clock, given.server.public_url)
    finally:
        await following.stop()
        await app.state.system.close()
