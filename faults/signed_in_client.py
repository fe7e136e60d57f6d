"""A client that stays signed in, for rows in which no session may end."""

import threading
from typing import Any

import httpx

from history import PASSWORD, Client


class SignedInClient(Client):
    """Registers once and keeps a cookie session and a token session for as long as it runs: each cycle checks both, and
    rotates the refresh token. `is_signed_in` is set as soon as it has them.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.is_signed_in = threading.Event()
        self._username = ""
        self._tokens: dict[str, Any] = {}

    def run_cycle(self) -> None:
        """Check the cookie session, rotate the refresh token, check the access token; sign in first of all."""
        if not self.is_signed_in.is_set():
            self._sign_in()
        self.request("profile", self._username, "/api/auth/profile", None)
        self._tokens = self.refresh(self._username, self._tokens)
        self.request("profile", self._username, "/api/auth/profile", None, self._tokens["accessToken"])

    def ended_sessions(self, url: str) -> list[str]:
        """Return a message for each of the two sessions that the server no longer accepts. For after `stop`."""
        with httpx.Client(base_url=url, cookies=self._http.cookies, headers={"Host": "localhost"}, timeout=20) as http:
            statuses = {
                "cookie": http.get("/api/auth/profile").status_code,
                "token": http.post(
                    "/api/auth/refresh", json={"refreshToken": self._tokens["refreshToken"]}
                ).status_code,
            }
        return [f"the {kind} session of {self._username} ended: {n}" for kind, n in statuses.items() if n != 200]

    def _sign_in(self) -> None:
        self._username = self.register()
        csrf = self.request("csrf", self._username, "/api/csrf/restore", None)["XSRF-Token"]
        body = {"email": f"{self._username}@example.com", "password": PASSWORD}
        self._http.headers["XSRF-Token"] = csrf
        self.request("login", self._username, "/api/session", body)
        del self._http.headers["XSRF-Token"]
        self._tokens = self.sign_in(self._username, PASSWORD)
        self.is_signed_in.set()
