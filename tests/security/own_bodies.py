"""For every row that a request's own body authorises: a body with good credentials, made anew at each call."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from authenticator import Authenticator
from harness import PASSWORD, Vestibule

_numbers = itertools.count(1)
# Right in form: such links need a story each (tests/specs), and a wrong token is answered by the controller, too.
_NO_LINK = {"token": "vst_otc_" + "A" * 49}

Made = tuple[str, dict[str, Any]]
Make = Callable[[Vestibule], Awaitable[Made]]


def fresh_name() -> str:
    return f"own{next(_numbers):05}"


async def _account(vestibule: Vestibule) -> str:
    name = fresh_name()
    answer = await vestibule.browser().http.post("/api/auth/register", json=_user(name))
    assert answer.status_code == 201
    return name


def _user(name: str) -> dict[str, str]:
    return {"username": name, "email": f"{name}@example.com", "password": PASSWORD}


async def _register(_: Vestibule) -> Made:
    return "/api/auth/register", _user(fresh_name())


async def _login(vestibule: Vestibule) -> Made:
    return "/api/auth/login", {"username": await _account(vestibule), "password": PASSWORD}


async def _refresh_token(vestibule: Vestibule) -> dict[str, str]:
    path, body = await _login(vestibule)
    answer = await vestibule.browser().http.post(path, json=body)
    return {"refreshToken": answer.json()["refreshToken"]}


async def _refresh(vestibule: Vestibule) -> Made:
    return "/api/auth/refresh", await _refresh_token(vestibule)


async def _logout(vestibule: Vestibule) -> Made:
    return "/api/auth/logout", await _refresh_token(vestibule)


async def _forgot(vestibule: Vestibule) -> Made:
    return "/api/auth/forgot-password", {"email": f"{await _account(vestibule)}@example.com"}


async def _reset(vestibule: Vestibule) -> Made:
    token = await vestibule.reset_token(f"{await _account(vestibule)}@example.com")
    return "/api/auth/reset-password", {"token": token, "password": "quiet green lantern"}


async def _verify(vestibule: Vestibule) -> Made:
    token = await vestibule.link_token(f"{await _account(vestibule)}@example.com", "Confirm")
    return "/api/auth/verify-email", {"token": token}


async def _resend(vestibule: Vestibule) -> Made:
    return "/api/auth/resend-code", {"email": f"{await _account(vestibule)}@example.com"}


async def _start(vestibule: Vestibule) -> Made:
    return "/api/login", {"identifier": await _account(vestibule), "sessionType": "token"}


async def _step(vestibule: Vestibule) -> Made:
    path, body = await _start(vestibule)
    begun = (await vestibule.browser().http.post(path, json=body)).json()["attempt"]
    return f"/api/login/{begun['id']}/steps", {"method": "password", "password": PASSWORD, "secret": begun["secret"]}


async def _begin_passkey(_: Vestibule) -> Made:
    name = fresh_name()
    return "/api/registration", {"username": name, "email": f"{name}@example.com", "sessionType": "token"}


async def _finish_passkey(vestibule: Vestibule) -> Made:
    path, body = await _begin_passkey(vestibule)
    begun = (await vestibule.browser().http.post(path, json=body)).json()
    made = Authenticator().create(begun["publicKey"])
    return f"/api/registration/{begun['attempt']['id']}", {"credential": made, "secret": begun["attempt"]["secret"]}


def _link_of(path: str) -> Make:
    async def made(_: Vestibule) -> Made:
        return path, _NO_LINK

    return made


BODIES: dict[str, Make] = {
    "/api/auth/register": _register,
    "/api/auth/login": _login,
    "/api/auth/refresh": _refresh,
    "/api/auth/logout": _logout,
    "/api/auth/forgot-password": _forgot,
    "/api/auth/reset-password": _reset,
    "/api/auth/verify-email": _verify,
    "/api/auth/resend-code": _resend,
    "/api/login": _start,
    "/api/login/{attempt}/steps": _step,
    "/api/registration": _begin_passkey,
    "/api/registration/{attempt}": _finish_passkey,
}
LINKS = (
    "/api/login/links",
    "/api/account/not-me",
    "/api/account/undo-email",
    "/api/account/restore",
    "/api/account/cancel-recovery",
)
BODIES |= {path: _link_of(path) for path in LINKS}
