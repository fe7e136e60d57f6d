"""One account of each kind that nobody outside may tell apart, and requests about each of them."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

from authenticator import Authenticator
from harness import PASSWORD, Vestibule, options_of
from vestibule.crypto.passwords import HashPolicy, PasswordHashes

Send = Callable[[], Awaitable[Any]]
UNKNOWN = "unknown"
# Limits far away: they are the same for all kinds, and would end the comparison.
WITHOUT_LIMITS = {
    "LIMIT_LOGIN_ADDRESS": "1000000/1m", "LIMIT_LOGIN_GLOBAL": "1000000/1m", "LIMIT_CODES": "1000000/1m",
    "LIMIT_STEPS": "1000000/1m", "LIMIT_REGISTRATION": "1000000/1m", "LIMIT_MAIL": "1000000/1h",
    "ACCOUNT_FAILURES": "100000000", "ATTACK_FAILURES": "100000000/5m",
}  # fmt: skip
KINDS = ("active", UNKNOWN, "unverified", "disabled", "deleted", "passkey-only", "old-hash", "costly-hash")


def address(kind: str) -> str:
    return f"{kind}@example.com"


def password_login(client: Any, kind: str) -> Send:
    return lambda: client.post("/api/auth/login", {"email": address(kind), "password": "a wrong guess at it"})


def forgot_password(client: Any, kind: str) -> Send:
    return lambda: client.post("/api/auth/forgot-password", {"email": address(kind)})


def resend(client: Any, kind: str) -> Send:
    return lambda: client.post("/api/auth/resend-code", {"email": address(kind)})


def verify(client: Any, kind: str) -> Send:
    return lambda: client.post("/api/auth/verify-email", {"email": address(kind), "code": "000000"})


def begin(client: Any, kind: str) -> Send:
    return lambda: client.post("/api/login", {"identifier": address(kind), "sessionType": "token"})


def stepped(method: str, **proof: str | bool) -> Callable[[Any, str], Send]:
    """A fresh attempt each time, and one step of it."""

    def of(client: Any, kind: str) -> Send:
        async def send() -> Any:
            begun = (await begin(client, kind)()).json()["attempt"]
            body = {"method": method, "secret": begun["secret"], **proof}
            return await client.post(f"/api/login/{begun['id']}/steps", body)

        return send

    return of


def register(client: Any, kind: str) -> Send:
    """In private mode, with a name that is new each time."""
    numbers = itertools.count()

    def send() -> Awaitable[Any]:
        name = f"{kind[:8]}{next(numbers):06}"
        return client.post("/api/auth/register", {"username": name, "email": address(kind), "password": PASSWORD})

    return send


REQUESTS = {
    "login": password_login,
    "forgot-password": forgot_password,
    "resend-code": resend,
    "verify-email": verify,
    "begin-login": begin,
    "step-password": stepped("password", password="a wrong guess at it"),
    "step-email-code-asked": stepped("email_code"),
    "step-email-code": stepped("email_code", code="000000"),
    "step-email-link-asked": stepped("email_link", send=True),
    "step-email-link": stepped("email_link"),
}


def followed(ask: Callable[[Any, str], Send]) -> Callable[[Any, str], Send]:
    """The same, and what comes next: requests about nobody, while the errand of the first may run."""

    def of(client: Any, kind: str) -> Send:
        async def send() -> Any:
            await ask(client, kind)()
            for _ in range(2):
                await begin(client, UNKNOWN)()
            return await begin(client, UNKNOWN)()

        return send

    return of


DEFERRED = {
    f"after {name}": followed(REQUESTS[name])
    for name in ("forgot-password", "resend-code", "step-email-code-asked", "step-email-link-asked")
}


async def populate(vestibule: Vestibule) -> None:
    """An account of every kind but the unknown one."""
    for kind in KINDS:
        if kind not in (UNKNOWN, "passkey-only"):
            username = kind.replace("-", "")
            await vestibule.register(username, address(kind))
            if kind != "unverified":
                await vestibule.verify(username)
    users = vestibule.services.accounts.administration
    await users.disable(await users.find("disabled"))
    await users.delete(await users.find("deleted"))
    await _with_passkey_only(vestibule)
    for kind, policy in (
        ("old-hash", HashPolicy(scheme="bcrypt", bcrypt_cost=4)),
        ("costly-hash", HashPolicy(argon2_memory_kib=128, argon2_time=2)),
    ):
        hashes = PasswordHashes(policy)
        stored = hashes._hash(PASSWORD)
        hashes.close()
        await vestibule.run("UPDATE users SET password_hash = $1 WHERE email_canonical = $2", stored, address(kind))


async def _with_passkey_only(vestibule: Vestibule) -> None:
    browser, authenticator = vestibule.browser(), Authenticator()
    wanted = {"username": "passkeyonly", "email": address("passkey-only"), "sessionType": "cookie"}
    begun = (await browser.post("/api/registration", wanted)).json()
    made = authenticator.create(begun["publicKey"])
    await browser.post(f"/api/registration/{begun['attempt']['id']}", {"credential": made})
    await vestibule.verify("passkeyonly")


__all__ = ["KINDS", "REQUESTS", "UNKNOWN", "WITHOUT_LIMITS", "address", "options_of", "populate", "register"]
