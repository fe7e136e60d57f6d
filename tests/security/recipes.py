"""Stories that end with an error of a controller; test_promised_errors_of_controllers.py says which error, and where.

Each gets a caller of a system of its own, and the row.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from holding import holding
from test_promised_errors import BODIES, EVIL, Caller, concrete

from authenticator import Authenticator
from harness import PASSWORD, code_of, options_of
from vestibule.checks.route import Route
from vestibule.domain.errors import Denied

NEW_PASSWORD = "quiet green lantern"
API = "https://api.example.com"
_BOBBY = {"username": "bobby", "email": "bobby@example.com"}
Run = Callable[[Caller, Route], Awaitable[httpx.Response]]
Ready = Callable[[], Awaitable[httpx.Response]]

# -- requests that need no story


async def anonymous(caller: Caller, row: Route) -> httpx.Response:
    return await caller.send_valid(row)


async def by_alice(caller: Caller, row: Route) -> httpx.Response:
    """The valid body of the table, which names nothing that is there."""
    return await (await caller.sign_in()).send_valid(row)


async def about_alice(caller: Caller, row: Route) -> httpx.Response:
    await caller.vestibule.register()
    return await caller.send_valid(row)


async def with_a_password_that_is_replaced_meanwhile(caller: Caller, row: Route) -> httpx.Response:
    vestibule = caller.vestibule
    alice = (await vestibule.register()).json()["user"]["id"]
    await vestibule.run("UPDATE users SET second_factor_at = created_at WHERE id = $1", alice)
    await caller.stranger.csrf()
    async with holding(vestibule, alice) as held:
        await held.start(lambda: caller.send_valid(row))
        await held.work.users.set_password(alice, "another hash", vestibule.clock.now())
    return held.started[0].result()


async def about_a_newcomer(caller: Caller, row: Route) -> httpx.Response:
    await caller.vestibule.register("newcomer")
    return await caller.send_valid(row)


def sending(body: Any) -> Run:
    """Alice's request with this body."""

    async def run(caller: Caller, row: Route) -> httpx.Response:
        await caller.sign_in()
        return await caller.browser.send(row.method, concrete(row.path), body)

    return run


async def about_another(caller: Caller, row: Route) -> httpx.Response:
    return await (await caller.sign_in()).send(row, query="?userId=another")


def getting(path: str) -> Run:
    """An anonymous request for this address."""
    return lambda caller, _: caller.stranger.get(path)


def full(prepare: Callable[[Caller, Route], Awaitable[Ready]]) -> Run:
    """What was prepared, while the queue of password hashes is full."""

    async def run(caller: Caller, row: Route) -> httpx.Response:
        send = await prepare(caller, row)
        with caller.vestibule.app.state.system.hashes.room():
            return await send()

    return run


def ready(run: Run) -> Callable[[Caller, Route], Awaitable[Ready]]:
    async def prepare(caller: Caller, row: Route) -> Ready:
        return lambda: run(caller, row)

    return prepare


# -- steps of a sign-in, and passkeys


async def wrong_password(caller: Caller, _: Route) -> httpx.Response:
    return await caller.browser.step(await caller.browser.begin(), "password", password="not the password")


async def wrong_digits(caller: Caller, _: Route) -> httpx.Response:
    await caller.vestibule.with_app()
    browser, half = await caller.vestibule.half_signed_in()
    return await browser.step(half, "totp", code="000000")


async def app_first(caller: Caller, _: Route) -> httpx.Response:
    return await caller.browser.step(await caller.browser.begin(), "totp", code="000000")


async def registering(caller: Caller, _: Route, **lies: Any) -> Ready:
    """A registration without a password that lacks its last request."""
    begun = (await caller.browser.post("/api/registration", _BOBBY)).json()
    body = {"credential": Authenticator().create(begun["publicKey"], **lies)}
    return lambda: caller.browser.post(f"/api/registration/{begun['attempt']['id']}", body)


async def registering_with_a_lie(caller: Caller, row: Route) -> httpx.Response:
    return await (await registering(caller, row, origin=EVIL))()


async def overtaken(caller: Caller, row: Route) -> httpx.Response:
    finish = await registering(caller, row)
    await caller.vestibule.register("bobby")
    return await finish()


async def a_lie(caller: Caller, _: Route) -> httpx.Response:
    phone = Authenticator()
    await caller.sign_in()
    await caller.browser.add_passkey(phone)
    begun = await caller.stranger.begin("")
    answer = phone.get(options_of(begun, "passkey")["publicKey"], origin=EVIL)
    return await caller.stranger.step(begun, "passkey", credential=answer)


async def a_removed_passkey(caller: Caller, _: Route) -> httpx.Response:
    phone = Authenticator()
    await caller.sign_in()
    added = (await caller.browser.add_passkey(phone)).json()["passkey"]["id"]
    assert (await caller.browser.send("DELETE", f"/api/account/passkeys/{added}")).status_code == 200
    begun = await caller.stranger.begin("")
    answer = phone.get(options_of(begun, "passkey")["publicKey"])
    return await caller.stranger.step(begun, "passkey", credential=answer)


async def another_s_passkey_id(caller: Caller, _: Route) -> httpx.Response:
    """On the way in, where a second factor is demanded."""
    phone = Authenticator(same_id=bytes(32))
    for name in ("alice", "bobby"):
        await caller.vestibule.register(name)
        browser = caller.vestibule.browser()
        half = (await browser.sign_in(name)).json()
        made = phone.create(options_of(half["attempt"], "passkey_enrolment")["publicKey"])
        answer = await browser.step(half, "passkey_enrolment", credential=made)
    return answer


async def adding_a_lie(caller: Caller, _: Route) -> httpx.Response:
    await caller.sign_in()
    return await caller.browser.add_passkey(Authenticator(origin=EVIL))


async def adding_it_twice(caller: Caller, _: Route) -> httpx.Response:
    await caller.sign_in()
    phone = Authenticator(same_id=bytes(32))
    assert (await caller.browser.add_passkey(phone)).status_code == 201
    return await caller.browser.add_passkey(phone)


# -- an account and its settings


async def without_a_password(caller: Caller, row: Route) -> httpx.Response:
    """A request of an account whose passkey is everything it has."""
    assert (await (await registering(caller, row))()).status_code == 200
    passkeys = (await caller.browser.get("/api/account/methods")).json()["passkeys"]
    body = {"newPassword": NEW_PASSWORD} if row.body else None
    return await caller.browser.send(row.method, row.path.replace("{id}", passkeys[0]["id"]), body)


async def beside_an_app(caller: Caller, row: Route) -> httpx.Response:
    browser, _, _ = await caller.vestibule.with_app()
    assert (await browser.add_passkey(Authenticator())).status_code == 201
    return await browser.send(row.method, row.path)


async def an_app(caller: Caller, row: Route, code: str = "") -> Ready:
    """The first code of an authenticator app."""
    begun = (await (await caller.sign_in()).browser.post("/api/account/totp")).json()
    body = {"code": code or code_of(begun["secret"], caller.vestibule.clock)}
    return lambda: caller.browser.post(row.path.replace("{ceremony}", begun["ceremony"]), body)


async def an_app_with_wrong_digits(caller: Caller, row: Route) -> httpx.Response:
    return await (await an_app(caller, row, "000000"))()


async def new_codes(caller: Caller, row: Route) -> Ready:
    await caller.sign_in()
    return lambda: caller.browser.post(row.path)


async def digits(caller: Caller, row: Route) -> Ready:
    body = {"email": "alice@example.com", "code": "000000"}
    return lambda: caller.stranger.post(row.path, body)


async def a_password_step(caller: Caller, _: Route) -> Ready:
    begun = await caller.browser.begin()
    return lambda: caller.browser.step(begun, "password", password=PASSWORD)


async def a_taken_name(caller: Caller, row: Route) -> httpx.Response:
    await caller.vestibule.register("bobby")
    return await (await caller.sign_in()).browser.send("PATCH", row.path, {"username": "bobby"})


# -- APIs, keys, tokens and applications


async def _api(caller: Caller) -> None:
    await caller.sign_in()
    await caller.vestibule.services.tokens.clients.create("orders", API, ("orders:read",))


async def one_key_more(caller: Caller, row: Route) -> httpx.Response:
    await _api(caller)
    answer = await caller.send_valid(row)
    while answer.status_code == 201:
        answer = await caller.send_valid(row)
    return answer


async def another_scope(caller: Caller, row: Route) -> httpx.Response:
    await _api(caller)
    return await caller.browser.post(row.path, {"resource": API, "scope": "orders:burn"})


async def a_refresh(caller: Caller, row: Route) -> dict[str, str]:
    """What this row takes to refresh a new session of Alice's."""
    if row.path == "/api/v1/user-session/get-access-token":
        sign_in = BODIES["POST /api/v1/auth/login"]
        made = (await caller.stranger.post("/api/v1/auth/login", sign_in)).json()["data"]
        return {name: made[name] for name in ("refreshToken", "deviceId", "sessionId")} | {"userId": made["user"]["id"]}
    member = "refresh_token" if row.path == "/api/auth/token/refresh" else "refreshToken"
    return {member: (await caller.vestibule.log_in()).json()["refreshToken"]}


async def after_the_end(caller: Caller, row: Route) -> httpx.Response:
    body = await a_refresh(await caller.sign_in(), row)
    assert (await caller.browser.send("DELETE", "/api/sessions")).status_code == 200
    return await caller.stranger.post(row.path, body)


async def one_follower_more(caller: Caller, row: Route) -> httpx.Response:
    changes, streams = caller.vestibule.services.tokens.status_changes, []
    while not isinstance(stream := changes.follow("127.0.0.1", None), Denied):
        streams.append(stream)
        await anext(stream)
    answer = await caller.stranger.get(row.path, Accept="text/event-stream")
    for stream in streams:
        await stream.aclose()
    return answer


async def forward_auth_cookie(caller: Caller, to: str) -> str:
    """The cookie that a browser gets on its way back to this address."""
    back = await caller.browser.get(f"/forward-auth/return?to={to}")
    return back.headers["set-cookie"].partition(";")[0]


def asking_about(address: str) -> Run:
    """Ask as an application does that the forward-auth cookie came to."""

    async def run(caller: Caller, row: Route) -> httpx.Response:
        await caller.sign_in()
        cookie = await forward_auth_cookie(caller, address)
        return await caller.stranger.get(f"{row.path}?address={address}", Cookie=cookie)

    return run
