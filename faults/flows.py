"""The flows of token sessions as a user goes through them; each can be tried again after a lost answer."""

from collections.abc import Callable
from typing import Any

import httpx

from history import PASSWORD, RequestFailed


class Person:
    """A user with an account, a token session and an email address.

    `link`: the secret of the verification link; `factors`: what the factor flows enrolled (seed, step, codes, phone).
    """

    def __init__(self, environment: Any, client: Any) -> None:
        self.environment = environment
        self.client = client
        self.name = f"person{client.number}"
        self.email = f"{self.name}@example.com"
        self.password = ""
        self.tokens: dict[str, Any] = {}
        self.link = ""
        self.factors: dict[str, Any] = {}

    def prepare(self, *, wants_email: bool) -> None:
        """Register and sign in; with `wants_email`, wait for the verification link too."""
        self.password = PASSWORD
        body = {"username": self.name, "email": self.email, "password": PASSWORD}
        self.client.request("register", self.name, "/api/auth/register", body)
        self.tokens = self.client.sign_in(self.name, PASSWORD)
        if wants_email:
            # Before statements are counted: while the email is awaited, the worker runs other statements.
            self.link = self.environment.smtp_server.link_for(self.email, "verify-email#token=")


def register(person: Person, client: Any) -> None:
    """Register another user; a retry accepts 409, as the lost first try may have taken the name."""
    name = f"{person.name}again"
    body = {"username": name, "email": f"{name}@example.com", "password": person.password}
    try:
        client.request("register", name, "/api/auth/register", body)
    except Exception:
        person.environment.server.wait()
        answer = httpx.post(
            f"{person.environment.server.url}/api/auth/register", json=body, headers={"Host": "localhost"}, timeout=20
        )
        if answer.status_code not in (201, 409):
            raise RequestFailed from None


def sign_in(person: Person, client: Any) -> None:
    client.sign_in(person.name, person.password)


def refresh(person: Person, client: Any) -> None:
    person.tokens = client.request(
        "refresh", person.name, "/api/auth/refresh", {"refreshToken": person.tokens["refreshToken"]}
    )


def change(person: Person, client: Any) -> None:
    """Change the password; after a lost answer either password may be valid, so the user tries both."""
    new = f"{person.password} too"
    body = {"currentPassword": person.password, "newPassword": new}
    try:
        client.request(
            "change", person.name, "/api/auth/change-password", body, person.tokens["accessToken"], password=new
        )
    except Exception:
        person.environment.server.wait()
        for password in (new, person.password):
            try:
                person.tokens = client.sign_in(person.name, password)
            except RequestFailed:
                continue
            person.password = password
            return
        raise


def sign_out(person: Person, client: Any) -> None:
    token = person.tokens["accessToken"]
    try:
        client.request("logout", person.name, "/api/auth/logout", {}, token, ended=token)
    except Exception:
        person.environment.server.wait()
        person.tokens = client.sign_in(person.name, person.password)
        raise


def reset(person: Person, client: Any) -> None:
    """Reset the password: request the link, wait for the email, set the new password."""
    before = len(person.environment.smtp_server.links)
    client.request("forgot", person.name, "/api/auth/forgot-password", {"email": person.email})
    token = person.environment.smtp_server.link_for(person.email, "reset-password#token=", after=before)
    new = f"{person.password} reset"
    try:
        client.request("reset", person.name, "/api/auth/reset-password", {"token": token, "password": new})
        person.password = new
    except Exception:
        person.environment.server.wait()
        for password in (new, person.password):
            try:
                client.sign_in(person.name, password)
                person.password = password
                break
            except RequestFailed:
                continue
        raise


def verify(person: Person, client: Any) -> None:
    token = person.link
    try:
        client.request("verify", person.name, "/api/auth/verify-email", {"token": token, "keepFactors": True})
    except Exception:
        person.environment.server.wait()
        answer = httpx.post(
            f"{person.environment.server.url}/api/auth/verify-email",
            json={"token": token},
            headers={"Host": "localhost"},
            timeout=20,
        )
        if answer.status_code not in (200, 410):
            raise


Flow = Callable[[Person, Any], None]
FLOWS: list[Flow] = [register, sign_in, refresh, change, sign_out, reset, verify]
