"""Stories of emailed links and codes that end with an error of a controller, as those of recipes.py do."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from threading import Event
from typing import Any

import httpx
from recipes import Ready, registering
from taken import link
from test_promised_errors import BODIES, Caller, name_of

from authenticator import Authenticator
from harness import PASSWORD
from vestibule.checks.route import Route

HALF_A_YEAR = 183 * 24 * 3_600_000_000


async def reset_link(caller: Caller, email: str) -> dict[str, Any]:
    """The token of a reset link, whose address each profile spells in its own way."""
    await caller.vestibule.post("/api/auth/forgot-password", {"email": email})
    mail = (await caller.vestibule.mails(email, "Reset your password"))[0]
    return {"token": re.search(r"vst_\w+", mail["links"][0])[0]}


async def _reset(caller: Caller) -> dict[str, Any]:
    await caller.sign_in()
    return await reset_link(caller, "alice@example.com")


async def _confirm(caller: Caller) -> dict[str, Any]:
    await caller.sign_in()
    return {"token": await caller.vestibule.link_token("alice@example.com", "Confirm")}


async def _sign_in_link(caller: Caller) -> dict[str, Any]:
    await caller.sign_in()
    await caller.stranger.step(await caller.stranger.begin(), "email_link", send=True)
    return {"token": await caller.vestibule.link_token("alice@example.com", "Sign in"), "confirm": True}


async def _mailed(caller: Caller, name: str) -> dict[str, Any]:
    return {"token": link(await caller.vestibule.mails("alice@example.com"), name)}


async def _alert(caller: Caller) -> dict[str, Any]:
    await caller.sign_in()
    assert (await caller.browser.add_passkey(Authenticator())).status_code == 201
    return await _mailed(caller, "notMe")


async def _changed_address(caller: Caller) -> dict[str, Any]:
    """Alice's address was changed; the old one may undo it."""
    await caller.sign_in()
    await caller.vestibule.verify()
    token = await _new_address(caller)
    assert (await caller.browser.post("/api/auth/verify-email", token)).status_code == 200
    return await _mailed(caller, "email")


async def _new_address(caller: Caller) -> dict[str, Any]:
    body = {"email": "elsewhere@example.com", "currentPassword": PASSWORD}
    assert (await caller.browser.send("PATCH", "/api/account", body)).status_code == 200
    return {"token": await caller.vestibule.link_token("elsewhere@example.com", "Confirm")}


async def _deleted(caller: Caller) -> dict[str, Any]:
    await caller.sign_in()
    assert (await caller.browser.send("DELETE", "/api/account", {"password": PASSWORD})).status_code == 200
    return await _mailed(caller, "restore")


async def _recovering(caller: Caller) -> dict[str, Any]:
    await caller.vestibule.with_app()
    browser, half = await caller.vestibule.half_signed_in()
    await browser.step(half, "factor_recovery", confirm=True)
    return await _mailed(caller, "recovery")


TOKENS: dict[str, Callable[[Caller], Awaitable[dict[str, Any]]]] = {
    "POST /api/login/links": _sign_in_link,
    "POST /api/auth/reset-password": _reset,
    "POST /api/auth/verify-email": _confirm,
    "POST /api/v1/password/reset": _reset,
    "POST /api/v1/verify/email": _confirm,
    "POST /api/account/not-me": _alert,
    "POST /api/account/undo-email": _changed_address,
    "POST /api/account/restore": _deleted,
    "POST /api/account/cancel-recovery": _recovering,
}


async def too_late(caller: Caller, row: Route) -> httpx.Response:
    body = {**BODIES[name_of(row)], **await TOKENS[name_of(row)](caller)}
    caller.vestibule.clock.advance(HALF_A_YEAR)
    return await caller.stranger.post(row.path, body)


async def twice(caller: Caller, row: Route) -> httpx.Response:
    body = {**BODIES[name_of(row)], **await TOKENS[name_of(row)](caller)}
    first = await caller.stranger.post(row.path, body)
    assert first.status_code == 200, first.text
    return await caller.stranger.post(row.path, body)


async def _code_step(caller: Caller) -> tuple[Any, str]:
    """An attempt of Alice's, and the code that was mailed for it."""
    await caller.vestibule.register()
    await caller.vestibule.verify()
    begun = await caller.browser.begin()
    await caller.browser.step(begun, "email_code")
    return begun, (await caller.vestibule.mails("alice", "Sign in"))[0]["codes"][0]


async def wrong_code(caller: Caller, _: Route) -> httpx.Response:
    begun, code = await _code_step(caller)
    return await caller.browser.step(begun, "email_code", code=f"{(int(code) + 1) % 1_000_000:06}")


async def late_code(caller: Caller, _: Route) -> httpx.Response:
    """A code lives as long as its attempt: it is late only when it waited in the queue of password hashes."""
    (begun, code), hashes, gate = await _code_step(caller), caller.vestibule.app.state.system.hashes, Event()
    busy = asyncio.create_task(hashes._run(gate.wait))
    step = asyncio.create_task(caller.browser.step(begun, "email_code", code=code))
    while hashes._running < 2 and not step.done():
        await asyncio.sleep(0.005)
    caller.vestibule.clock.advance(HALF_A_YEAR)
    gate.set()
    await busy
    return await step


async def code_twice(caller: Caller, _: Route) -> httpx.Response:
    """The code was right, and led nowhere: the attempt is where it was."""
    begun, code = await _code_step(caller)
    assert (await caller.browser.step(begun, "email_code", code=code)).json()["code"] == "step_not_offered"
    return await caller.browser.step(begun, "email_code", code=code)


async def a_reset(caller: Caller, row: Route) -> Ready:
    body = {**BODIES[name_of(row)], **await _reset(caller)}
    return lambda: caller.stranger.post(row.path, body)


async def resetting_without_a_password(caller: Caller, row: Route) -> httpx.Response:
    assert (await (await registering(caller, row))()).status_code == 200
    body = {**BODIES[name_of(row)], **await reset_link(caller, "bobby@example.com")}
    return await caller.stranger.post(row.path, body)


async def confirming_what_is_another_s(caller: Caller, row: Route) -> httpx.Response:
    await caller.sign_in()
    body = await _new_address(caller)
    await caller.vestibule.register("robert", "elsewhere@example.com")
    await caller.vestibule.verify("robert")
    return await caller.browser.post(row.path, body)


async def undoing_to_what_is_another_s(caller: Caller, row: Route) -> httpx.Response:
    body = await _changed_address(caller)
    await caller.vestibule.register("robert", "alice@example.com")
    await caller.vestibule.verify("robert")
    return await caller.stranger.post(row.path, body)
