"""Every row of the site map, profiles included: what the OpenAPI document promises is answered, by a recipe per error.

That nothing else is answered is seen in every test of the session (tests/promises.py).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import httpx
import pytest
from accounts import WITHOUT_LIMITS
from proving import MEMBERS, SENSITIVE

from harness import PASSWORD, Browser, Vestibule, bearer, running
from promises import Witness, promises_of
from vestibule import compatibility
from vestibule.checks import rate_limit
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.csrf import FORM
from vestibule.checks.order import BEFORE_ROUTING, CHECKS, errors_of
from vestibule.checks.route import Route
from vestibule.domain import errors
from vestibule.domain.errors import VestibuleError
from vestibule.http import limits
from vestibule.routes import ROUTES

PROFILES = "auth-flow,express-guide:list,auth-service"
APP, EVIL = "https://app.example.com", "https://evil.example"
PRODUCTION = {"ENV": "production", "PUBLIC_URL": "https://id.example.com", "COMPATIBILITY": "auth-flow,auth-service"}
PRODUCTION |= {"MAIL_TRANSPORT": "smtp", "MAIL_FROM": "a@b.io", "SMTP_HOST": "localhost"}
SIBLINGS = {"PUBLIC_URL": "http://id.example.localhost:8000", "FORWARD_AUTH_DOMAIN": "example.localhost"}
HOUR = 3_600_000_000
_TOKEN = {"token": "vst_otc_" + "A" * 49}
_NEW = {"username": "newcomer", "email": "newcomer@example.com", "password": PASSWORD}
_LINK = {"email": "alice@example.com"}
_SIGN_IN = {**_LINK, "password": PASSWORD}
_CLIENT = {"token": "x", "client_id": "x", "client_secret": "x"}
_BY_COOKIE = AuthorisedBy.SESSION_COOKIE | AuthorisedBy.CSRF_TOKEN

# A valid body for every row whose requests are counted or need a recent proof, so that they come as far as that.
BODIES: dict[str, Any] = SENSITIVE | {
    "POST /api/login": {"identifier": "alice", "sessionType": "token"},
    "POST /api/login/{attempt}/steps": {"method": "password", "password": PASSWORD, "secret": "x"},
    "POST /api/login/links": _TOKEN,
    "POST /api/registration": {"username": "newcomer", "email": "newcomer@example.com", "sessionType": "token"},
    "POST /api/registration/{attempt}": {"credential": {}, "secret": "x"},
    "POST /api/users": _NEW,
    "POST /api/session": {"credential": "alice", "password": PASSWORD},
    "POST /api/auth/register": _NEW,
    "POST /api/auth/login": _SIGN_IN,
    "POST /api/auth/forgot-password": _LINK,
    "POST /api/auth/reset-password": {**_TOKEN, "password": PASSWORD},
    "POST /api/auth/verify-email": _TOKEN,
    "POST /api/auth/resend-code": _LINK,
    "POST /api/account/not-me": _TOKEN,
    "POST /api/account/undo-email": _TOKEN,
    "POST /api/account/restore": _TOKEN,
    "POST /api/account/cancel-recovery": _TOKEN,
    "PATCH /api/account/passkeys/{id}": {"name": "phone"},
    "POST /api/auth/token": {"resource": "https://api.example.com"},
    "POST /oauth/introspect": _CLIENT,
    "POST /oauth/revoke": _CLIENT,
    "POST /api/v1/auth/signup": {"name": "New", "email": "newcomer@example.com", "password": PASSWORD},
    "POST /api/v1/auth/login": _SIGN_IN,
    "POST /api/v1/verify/email": _TOKEN,
    "POST /api/v1/verify/resend-code": _LINK,
    "POST /api/v1/password/forgot": _LINK,
    "POST /api/v1/password/reset": {**_TOKEN, "password": PASSWORD, "confirmPassword": PASSWORD},
}


def rows_of(vestibule: Vestibule) -> tuple[Route, ...]:
    config = vestibule.app.state.http_config
    profiles = compatibility.chosen(config.compatibility)
    return compatibility.rows(ROUTES, profiles, development=config.development)


@dataclass
class Caller:
    """A client of one system: anonymous, or signed in with both types of session."""

    vestibule: Vestibule
    browser: Browser = field(init=False)
    stranger: Browser = field(init=False)
    tokens: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.browser, self.stranger = self.vestibule.browser(), self.vestibule.browser()

    async def sign_in(self) -> "Caller":
        registered = await self.browser.register()
        assert registered.status_code == 201, registered.text
        self.tokens = (await self.vestibule.log_in()).json()
        return self

    async def credentials(self, row: Route) -> tuple[Browser, dict[str, str]]:
        """What the row takes: a browser with the cookies, and headers."""
        if self.tokens and AuthorisedBy.BEARER in row.authorised_by and not row.authorised_by & _BY_COOKIE:
            return self.stranger, bearer(self.tokens)
        browser = self.browser if AuthorisedBy.SESSION_COOKIE in row.authorised_by else self.stranger
        return browser, {"XSRF-Token": browser.http.cookies.get("XSRF-TOKEN") or await browser.csrf()}

    async def send(self, row: Route, content: Any = None, query: str = "", **headers: str) -> httpx.Response:
        if content is not None:
            headers = {"Content-Type": FORM if row.form else "application/json", **headers}
        browser, own = await self.credentials(row)
        return await browser.http.request(
            row.method, concrete(row.path) + query, content=content, headers={**own, **headers}
        )

    async def send_valid(self, row: Route) -> httpx.Response:
        body = BODIES.get(name_of(row))
        sent = {} if body is None else {"data" if row.form else "json": body}
        browser, headers = await self.credentials(row)
        return await browser.http.request(row.method, concrete(row.path), headers=headers, **sent)


Recipe = Callable[[Caller, Route], Awaitable[httpx.Response]]


def name_of(row: Route) -> str:
    return f"{row.method} {row.path}"


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "session_01k00000000000000000000000", path.replace("{number}", "0"))


async def _misspelt(caller: Caller, row: Route) -> httpx.Response:
    start, _, end = concrete(row.path).rpartition("/")
    return await caller.browser.http.request(row.method, f"{start}%2F{end}")


async def _hanging(caller: Caller, row: Route) -> httpx.Response:
    async def never() -> Any:
        await asyncio.Event().wait()

    async def app(scope: Any, _: Any, send: Any) -> None:
        await Witness(caller.vestibule.app)(scope, never, send)

    browser, headers = await caller.credentials(row)
    headers |= {"Content-Type": FORM if row.form else "application/json", "Content-Length": "5"}
    transport, cookies = httpx.ASGITransport(app=app), browser.http.cookies
    async with httpx.AsyncClient(transport=transport, base_url=caller.vestibule.base_url, cookies=cookies) as http:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(limits, "BODY_SECONDS", 0)
            return await http.request(row.method, concrete(row.path), headers=headers)


async def _wrong_password(caller: Caller, row: Route) -> httpx.Response:
    body = {**BODIES[name_of(row)], MEMBERS[name_of(row)]: "not the password"}
    return await caller.browser.send(row.method, row.path, body)


def _too_much(caller: Caller, row: Route) -> Awaitable[httpx.Response]:
    return caller.send(row, b" " * 70_000)


# Each of a signed-in caller whose request is right but for one thing.
SIGNED_IN: dict[type[VestibuleError], Recipe] = {
    errors.UnknownHost: lambda caller, row: caller.send(row, Host="evil.example"),
    errors.AmbiguousPath: _misspelt,
    errors.BodyTooLarge: _too_much,
    errors.SlowBody: _hanging,
    errors.LostBody: lambda caller, row: caller.send(row, b"", **{"Content-Length": "5"}),
    errors.InvalidText: lambda caller, row: caller.send(row, query="?x=%00"),
    errors.ValidationFailed: lambda caller, row: caller.send(row, query="?x=1&x=2"),
    errors.OriginNotAllowed: lambda caller, row: caller.send(row, Origin=EVIL),
    errors.UnsupportedMediaType: lambda caller, row: caller.send(row, b"{}", **{"Content-Type": "text/plain"}),
    errors.CsrfFailed: lambda caller, row: caller.send(row, **{"XSRF-Token": "stale"}),
    errors.InvalidAccessToken: lambda caller, row: caller.send(row, Authorization="Bearer a.b.c"),
    errors.MalformedJson: lambda caller, row: caller.send(row, b"{"),
    errors.DuplicateKey: lambda caller, row: caller.send(row, b'{"a":1,"a":2}'),
    errors.InvalidRequest: lambda caller, row: caller.send(row, b"a=%00"),
    errors.WrongPassword: _wrong_password,
}
# Each of the walks below that need a system of their own.
OTHERWISE = {
    errors.NotAuthenticated,
    errors.NotFound,
    errors.RateLimited,
    errors.ProofOfWorkRequired,
    errors.ReauthRequired,
    errors.DatabaseUnavailable,
}
# No request alone provokes them: test_promised_errors_of_controllers.py fills the queue of password checks, and takes
# the signing keys away.
BY_LOAD = {errors.Overloaded, errors.Unavailable}


def before_controller(row: Route) -> set[type[VestibuleError]]:
    """The errors of the checks and the middleware."""
    found = {error for check in CHECKS if check.applies(row) for error in check.errors(row)}
    return found | {error for applies, kinds in BEFORE_ROUTING if applies(row) for error in kinds}


async def walk(caller: Caller, kind: type[VestibuleError], recipe: Recipe) -> None:
    """Provoke an error at every row that promises it before its controller."""
    promises = promises_of(caller.vestibule.app.state.openapi())
    rows = [row for row in rows_of(caller.vestibule) if kind in before_controller(row)]
    assert rows
    for row in rows:
        answer = await recipe(caller, row)
        code = answer.json()["code"]
        assert code == kind.code, f"{name_of(row)}: {answer.status_code} {answer.text[:300]}"
        assert (answer.status_code, code) in promises.of(row.method, row.path), name_of(row)


@pytest.fixture(params=["", PROFILES], ids=["own", "profiles"])
async def system(request, start):
    async with start(CORS_ORIGINS=APP, COMPATIBILITY=request.param, **WITHOUT_LIMITS) as vestibule:
        yield vestibule


class TestEveryPromisedError:
    @pytest.mark.parametrize("kind", SIGNED_IN, ids=lambda kind: kind.code)
    async def test_is_answered(self, system, kind):
        await walk(await Caller(system).sign_in(), kind, SIGNED_IN[kind])

    async def test_is_answered_to_an_anonymous_caller(self, system):
        await walk(Caller(system), errors.NotAuthenticated, Caller.send)

    async def test_is_answered_long_after_the_sign_in(self, system):
        caller = await Caller(system).sign_in()
        system.clock.advance(HOUR)
        await walk(caller, errors.ReauthRequired, Caller.send_valid)

    async def test_is_answered_to_too_many_requests(self, start):
        async with start(COMPATIBILITY=PROFILES) as vestibule:
            caller, counted = await Caller(vestibule).sign_in(), vestibule.services.abuse.rate_limits
            policy = counted.policy
            for limit in (policy.login_address, policy.registration_address, policy.step_address, policy.code_address):
                while (await counted.reserve((limit, "127.0.0.1")))[0].allowed:
                    pass
            await walk(caller, errors.RateLimited, Caller.send_valid)

    async def test_is_answered_during_an_attack(self, start):
        async with start(COMPATIBILITY=PROFILES, PROOF_OF_WORK="always", PROOF_OF_WORK_BITS="6") as vestibule:
            await walk(Caller(vestibule), errors.ProofOfWorkRequired, Caller.send_valid)

    async def test_is_answered_outside_development(self, start):
        async with start(**PRODUCTION) as vestibule:
            await walk(Caller(vestibule), errors.NotFound, Caller.send)

    async def test_is_answered_without_the_database(self, cut):
        vestibule, take_away = cut
        caller = await Caller(vestibule).sign_in()
        await caller.stranger.csrf()
        await take_away()
        await walk(caller, errors.DatabaseUnavailable, Caller.send_valid)
        for row in rows_of(vestibule):
            # Controllers that need the database say so in their rows: the witness sees those that do not.
            await caller.send_valid(row)


@pytest.fixture
async def cut(postgres_templates, postgres_url, tmp_path):
    """A system, and how to take its database away."""
    name = postgres_url.partition("?")[0].rpartition("/")[2]

    async def allow(word: str) -> None:
        admin = await asyncpg.connect(postgres_templates._admin)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {word}")
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        await admin.close()

    async with running(postgres_url, tmp_path, COMPATIBILITY=PROFILES, **SIBLINGS) as vestibule:
        yield vestibule, lambda: allow("false")
        await allow("true")


class TestTheTables:
    def test_name_every_error_that_a_recipe_provokes_and_no_other(self):
        profiles = compatibility.chosen(PROFILES.split(","))
        rows = compatibility.rows(ROUTES, profiles, development=True)
        named = {error for row in rows for error in before_controller(row)}
        assert named == SIGNED_IN.keys() | OTHERWISE | BY_LOAD

    def test_of_a_controller_repeat_no_error_of_a_check(self):
        for row in ROUTES:
            assert not before_controller(row) & set(row.errors), name_of(row)

    def test_ask_for_work_where_an_anonymous_caller_guesses_and_nowhere_else(self):
        for row in ROUTES:
            guesses = row.limit is not None and row.limit is not rate_limit.attempts and not row.guard.needs_caller
            assert (errors.ProofOfWorkRequired in errors_of(row)) is guesses, name_of(row)
