"""Somebody with every kind of credential, at a real Vestibule."""

import json
import re

import httpx

from harness import PASSWORD, SECRET
from servers import command
from vestibule.crypto import totp
from vestibule.crypto.clock import SystemClock

# Each framework of the client libraries: its application in apps/, and what it is for a server.
FRAMEWORKS = {
    "fastapi": ("fastapi_app", "asgi"),
    "starlette": ("starlette_app", "asgi"),
    "flask": ("flask_app", "wsgi"),
    "django": ("django_app", "wsgi"),
    "wsgi": ("wsgi_app", "wsgi"),
    "express": ("express_app.mjs", "node"),
}


class Visitor:
    """Registered and signed in with both types of session."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.http = httpx.Client(base_url=url)
        self.tokens: dict[str, str] = {}
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.id = self._sent("POST", "/api/auth/register", body)["user"]["id"]
        self.sign_in()

    def sign_in(self) -> None:
        self.tokens = self._sent("POST", "/api/auth/login", {"email": f"{self.name}@example.com", "password": PASSWORD})

    def refresh(self) -> None:
        self.tokens |= self._sent("POST", "/api/auth/refresh", {"refreshToken": self.tokens["refreshToken"]})

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['accessToken']}"}

    def cookie(self) -> dict[str, str]:
        token = self.http.get("/api/csrf/restore").json()["XSRF-Token"]
        body = {"credential": self.name, "password": PASSWORD}
        self.http.post("/api/session", json=body, headers={"XSRF-Token": token}).raise_for_status()
        return {"Cookie": f"vestibule_session={self.http.cookies['vestibule_session']}"}

    def end_browser_session(self) -> None:
        token = self.http.get("/api/csrf/restore").json()["XSRF-Token"]
        self.http.delete("/api/session", headers={"XSRF-Token": token}).raise_for_status()

    def api_key(self, *scopes: str) -> dict[str, str]:
        made = self._sent("POST", "/api/account/api-keys", {"name": "test", "scopes": list(scopes)}, self.bearer)
        return {"Authorization": f"Bearer {made['secret']}", "X-Key-Id": made["apiKey"]["id"]}

    def token_for(self, api: str, scope: str = "") -> dict[str, str]:
        made = self._sent("POST", "/api/auth/token", {"resource": api, "scope": scope}, self.bearer)
        return {"Authorization": f"Bearer {made['accessToken']}"}

    def sign_out(self) -> None:
        self._sent("POST", "/api/auth/logout", {}, self.bearer)

    def add_app(self) -> None:
        """A second factor, so that the session has assurance level 2."""
        begun = self._sent("POST", "/api/account/totp", {}, self.bearer)
        code = totp.code_at(begun["secret"], totp.step_at(SystemClock().now()))
        self._sent("POST", f"/api/account/totp/{begun['ceremony']}", {"code": code}, self.bearer)
        self.refresh()

    def _sent(self, method, path, body, headers=None):
        with httpx.Client(base_url=self.url) as http:
            answer = http.request(method, path, json=body, headers=headers or {})
        assert answer.is_success, answer.text
        return answer.json()


def operator(folder, database: str, *args: str):
    """The command line beside the running server; what it printed."""
    environment = {"ENV": "development", "DATABASE_URL": database, "DATA_DIR": str(folder), "SECRET_KEY": SECRET,
                   "PUBLIC_URL": "http://localhost:8000"}  # fmt: skip
    done = command(*args, folder=folder, **{f"VESTIBULE_{name}": value for name, value in environment.items()})
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if re.match(r"[{\[]", line)]
