"""Requests as scripts for Auth Service send them, and the envelope that every answer has to have."""

import re
from typing import Any

import httpx

from harness import PASSWORD, Vestibule

ON = {"COMPATIBILITY": "auth-service"}
V1 = "/api/v1"
SIGN_UP, LOG_IN = f"{V1}/auth/signup", f"{V1}/auth/login"
VERIFY, RESEND = f"{V1}/verify/email", f"{V1}/verify/resend-code"
FORGOT, RESET = f"{V1}/password/forgot", f"{V1}/password/reset"
SESSIONS, LOG_OUT = f"{V1}/user-session/all", f"{V1}/user-session/log-out"
LOG_OUT_ALL, REFRESH = f"{V1}/user-session/log-out/all-sessions", f"{V1}/user-session/get-access-token"
HEALTH, WELCOME = f"{V1}/health", "/api/"
NEW_PASSWORD = "quiet green lantern"


def succeeded(answer: httpx.Response, status: int = 200) -> Any:
    """The data of an answer that is right in form and status."""
    body = answer.json()
    assert answer.status_code == status, body
    assert answer.headers["content-type"] == "application/json"
    assert body.keys() == {"statusCode", "data", "message", "success"}
    assert (body["statusCode"], body["success"]) == (status, True)
    assert body["message"]
    return body["data"]


def refused(answer: httpx.Response, status: int, message: str = "") -> Any:
    """The body of a refusal that is right in form and status."""
    assert answer.headers["content-type"] == "application/json", answer.text
    body = answer.json()
    assert answer.status_code == status, body
    assert (body["statusCode"], body["success"], body["data"]) == (status, False, None)
    assert isinstance(body["errors"], list)
    assert all(isinstance(sentence, str) for sentence in body["errors"])
    assert body["message"]
    assert body["code"]
    assert body["requestId"] == answer.headers["x-request-id"]
    assert not body.keys() & {"type", "title", "status", "detail", "errorCodes"}
    assert message in ("", body["message"])
    return body


class AuthService:
    """A running system with the profile on. Methods without an answer in their name give the data of a success."""

    def __init__(self, vestibule: Vestibule) -> None:
        self.vestibule = vestibule
        self.http = vestibule.http

    async def send(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        body = {} if json is None else {"json": json}
        return await self.http.request(method, path, headers=headers, **body)

    async def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        return await self.send("POST", path, json, **headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.send("GET", path, **headers)

    async def sign_up(self, name: str = "Ann Lee", email: str = "ann@example.com", password: str = PASSWORD) -> Any:
        answer = await self.post(SIGN_UP, {"name": name, "email": email, "password": password})
        return succeeded(answer, 201)

    async def log_in(self, email: str = "ann@example.com", password: str = PASSWORD) -> Any:
        return succeeded(await self.post(LOG_IN, {"email": email, "password": password}))

    async def signed_in(self, email: str = "ann@example.com") -> Any:
        await self.sign_up(email=email)
        return await self.log_in(email)

    async def code(self, email: str = "ann@example.com") -> str:
        return (await self.vestibule.mails(email, "Confirm"))[0]["codes"][0]

    async def reset_link(self, email: str = "ann@example.com") -> str:
        succeeded(await self.post(FORGOT, {"email": email}))
        return (await self.vestibule.mails(email, "Reset your password"))[0]["links"][0]

    async def reset_token(self, email: str = "ann@example.com") -> str:
        return re.search(r"(?:\?t|#token)=(\S+)", await self.reset_link(email))[1]

    async def actions(self) -> list[str]:
        return [row["action"] for row in await self.vestibule.rows("SELECT action FROM audit_events ORDER BY id")]


def bearer(session: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['accessToken']}"}


def refreshing(session: Any, **more: str) -> dict[str, str]:
    """The body of a request for an access token."""
    found = {name: session[name] for name in ("refreshToken", "deviceId", "sessionId")}
    return found | {"userId": session["user"]["id"]} | more


def ending(session: Any, **more: str) -> dict[str, str]:
    """The body of a log-out."""
    return {"sessionId": session["sessionId"], "deviceId": session["deviceId"], **more}
