"""Users with every kind of account and session, and every request that needs a proof from the last minutes."""

import itertools
from dataclasses import dataclass, field
from typing import Any

import httpx

from authenticator import Authenticator
from harness import PASSWORD, Browser, Vestibule, bearer, options_of
from vestibule.crypto import totp

SUBJECT = "Sign in to Vestibule"
MINUTE = 60_000_000
NEW_PASSWORD = "quiet green lantern"
_NUMBERS = itertools.count()

# Every request that needs a proof, with a body that is valid; the body's member that may be one comes on top.
SENSITIVE: dict[str, Any] = {
    "POST /api/account/passkeys/options": None,
    "POST /api/account/passkeys": {"ceremony": "x", "credential": {}},
    "DELETE /api/account/passkeys/{id}": None,
    "POST /api/account/totp": None,
    "POST /api/account/totp/{ceremony}": {"code": "123456"},
    "DELETE /api/account/totp": None,
    "POST /api/account/recovery-codes": None,
    "PUT /api/account/second-factor": {"required": False},
    "DELETE /api/account/password": None,
    "GET /api/account/export": None,
    "POST /api/account/api-keys": {"name": "nightly", "scopes": ["orders:read"]},
    "PATCH /api/account": {"email": "elsewhere@example.com"},
    "POST /api/auth/change-password": {"newPassword": NEW_PASSWORD},
    "DELETE /api/account": {},
}
MEMBERS = {
    "PATCH /api/account": "currentPassword",
    "POST /api/auth/change-password": "currentPassword",
    "DELETE /api/account": "password",
}
# Changes that need none: they take rights away, or change nothing that guards the account.
NOT_SENSITIVE = {
    "POST /api/account/lockdown",
    "POST /api/auth/token",
    "DELETE /api/sessions",
    "DELETE /api/sessions/{id}",
    "DELETE /api/account/api-keys/{id}",
    "DELETE /api/account/trusted-devices/{id}",
    "PATCH /api/account/passkeys/{id}",
}
# What controllers answer beside success: these requests were let through.
_LET_THROUGH = {"invalid_attempt", "not_found", "conflict", "last_method", "invalid_scope"}


def verdict(answer: httpx.Response) -> str:
    """`allowed`, or the code of the refusal."""
    code = "" if answer.is_success else answer.json()["code"]
    return "allowed" if answer.is_success or code in _LET_THROUGH else code


@dataclass
class Person:
    """A user with an account and a session of one type."""

    vestibule: Vestibule
    session_type: str
    name: str = field(default_factory=lambda: f"person{next(_NUMBERS)}")
    browser: Browser = field(init=False)
    tokens: dict[str, Any] = field(default_factory=dict)
    phone: Authenticator = field(default_factory=Authenticator)
    seed: str = ""

    def __post_init__(self) -> None:
        self.browser = self.vestibule.browser()

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        if self.session_type == "cookie":
            return await self.browser.send(method, path, body)
        headers = bearer(self.tokens) if self.tokens else {}
        return await self.vestibule.http.request(
            method, path, headers=headers, **({} if body is None else {"json": body})
        )

    async def attempt(self, route: str, password: str | None = None) -> httpx.Response:
        """One sensitive request; `password` is what it gives as a proof, where it may give one."""
        method, path = route.split()
        body = SENSITIVE[route]
        if password is not None:
            body = {**body, MEMBERS[route]: password}
        return await self.send(method, path.replace("{id}", "x").replace("{ceremony}", "x"), body)

    async def sign_in(self, *methods: str) -> None:
        """A new session, proved by these methods in this order."""
        self.tokens = {}
        self.browser = self.vestibule.browser()
        begun = (
            await self.send("POST", "/api/login", {"identifier": self.name, "sessionType": self.session_type})
        ).json()
        done = await self.run(begun, begun["attempt"].get("secret"), *methods)
        self.tokens = done if self.session_type == "token" else {}

    async def refresh(self) -> None:
        """A new access token, where there is one: it ends before the session does."""
        if self.tokens:
            body = {"refreshToken": self.tokens["refreshToken"]}
            self.tokens = (await self.vestibule.post("/api/auth/refresh", body)).json()

    async def step_up(self, refused: Any, *methods: str) -> Any:
        """Run the attempt that a refusal names."""
        return await self.run(refused, None, *methods)

    async def run(self, answer: Any, secret: str | None, *methods: str) -> Any:
        attempt = answer["attempt"]["id"]
        steps = answer.get("steps") or answer["attempt"]["steps"]
        for method in methods:
            proof = await self._proof(attempt, secret, method, {"steps": steps})
            answered = await self._step(attempt, secret, method, **proof)
            assert answered.status_code == 200, answered.text
            answer = answered.json()
            steps = answer.get("steps", ())
        assert answer["status"] == "signed_in", answer
        return answer

    async def _step(self, attempt: str, secret: str | None, method: str, **more: Any) -> httpx.Response:
        body = {"method": method, **more, **({"secret": secret} if secret else {})}
        return await self.send("POST", f"/api/login/{attempt}/steps", body)

    async def _proof(self, attempt: str, secret: str | None, method: str, answer: Any) -> dict[str, Any]:
        if method == "password":
            return {"password": PASSWORD}
        if method == "passkey":
            return {"credential": self.phone.get(options_of(answer, "passkey")["publicKey"])}
        if method == "totp":
            self.vestibule.clock.advance(30_000_000)
            return {"code": totp.code_at(self.seed, totp.step_at(self.vestibule.clock.now()))}
        assert method in ("email_code", "email_link")
        self.vestibule.clock.advance(1_000_000)
        sending = {"send": True} if method == "email_link" else {}
        assert (await self._step(attempt, secret, method, **sending)).json() == {"status": "waiting"}
        mail = (await self.vestibule.mails(self.email, SUBJECT))[0]
        if method == "email_code":
            return {"code": mail["codes"][0]}
        token = mail["links"][0].partition("#token=")[2]
        confirmed = await self.vestibule.post("/api/login/links", {"token": token, "confirm": True})
        assert confirmed.status_code == 200, confirmed.text
        return {}


async def person(vestibule: Vestibule, session_type: str, *enrolled: str) -> Person:
    """A user whose account has these and nothing else; signed in with all of it."""
    new = Person(vestibule, session_type)
    registered = await new.browser.register(new.name)
    assert registered.status_code == 201, registered.text
    if "password" in enrolled or "passkey" in enrolled:
        await vestibule.verify(new.name)
    if "passkey" in enrolled:
        assert (await new.browser.add_passkey(new.phone)).status_code == 201
    if "totp" in enrolled:
        new.seed, _ = await new.browser.add_totp(vestibule.clock)
    if "password" in enrolled:
        await new.sign_in("password", *(name for name in enrolled if name == "totp"))
    elif "passkey" in enrolled:
        assert (await new.browser.send("DELETE", "/api/account/password")).status_code == 200
        await new.sign_in("passkey")
    else:
        # The first proof of the address takes the account over: its password goes.
        await new.sign_in("email_code")
    return new
