"""The flows of the token door, as people go through them: whoever gets no answer tries again."""

from collections.abc import Callable
from typing import Any

import httpx
from book import PASSWORD, Gone


class Person:
    """Somebody with an account, a session, and mails to look for."""

    def __init__(self, world: Any, client: Any) -> None:
        self.world = world
        self.client = client
        self.name = f"person{client.number}"
        self.email = f"{self.name}@example.com"
        self.password = ""
        self.tokens: dict[str, Any] = {}
        self.link = ""
        self.factors: dict[str, Any] = {}

    def prepare(self, *, wants_mail: bool) -> None:
        self.password = PASSWORD
        body = {"username": self.name, "email": self.email, "password": PASSWORD}
        self.client.ask("register", self.name, "/api/auth/register", body)
        self.tokens = self.client.sign_in(self.name, PASSWORD)
        if wants_mail:
            # Before anybody counts: while one waits for a mail, other statements go by.
            self.link = self.world.post.link_for(self.email, "verify-email#token=")


def register(person: Person, client: Any) -> None:
    """A retry may find that the first one had come through: then the name is taken, by ourselves."""
    name = f"{person.name}again"
    body = {"username": name, "email": f"{name}@example.com", "password": person.password}
    try:
        client.ask("register", name, "/api/auth/register", body)
    except Exception:
        person.world.server.wait()
        answer = httpx.post(
            f"{person.world.server.url}/api/auth/register", json=body, headers={"Host": "localhost"}, timeout=20
        )
        if answer.status_code not in (201, 409):
            raise Gone from None


def sign_in(person: Person, client: Any) -> None:
    client.sign_in(person.name, person.password)


def refresh(person: Person, client: Any) -> None:
    person.tokens = client.ask(
        "refresh", person.name, "/api/auth/refresh", {"refreshToken": person.tokens["refreshToken"]}
    )


def change(person: Person, client: Any) -> None:
    """After a lost answer nobody knows which password holds: the person tries both, as people do."""
    new = f"{person.password} too"
    body = {"currentPassword": person.password, "newPassword": new}
    try:
        client.ask("change", person.name, "/api/auth/change-password", body, person.tokens["accessToken"], password=new)
    except Exception:
        person.world.server.wait()
        for password in (new, person.password):
            try:
                person.tokens = client.sign_in(person.name, password)
            except Gone:
                continue
            person.password = password
            return
        raise


def sign_out(person: Person, client: Any) -> None:
    token = person.tokens["accessToken"]
    try:
        client.ask("logout", person.name, "/api/auth/logout", {}, token, ended=token)
    except Exception:
        person.world.server.wait()
        person.tokens = client.sign_in(person.name, person.password)
        raise


def reset(person: Person, client: Any) -> None:
    """From the request to the new password, by the mail."""
    before = len(person.world.post.links)
    client.ask("forgot", person.name, "/api/auth/forgot-password", {"email": person.email})
    token = person.world.post.link_for(person.email, "reset-password#token=", after=before)
    new = f"{person.password} reset"
    try:
        client.ask("reset", person.name, "/api/auth/reset-password", {"token": token, "password": new})
        person.password = new
    except Exception:
        person.world.server.wait()
        for password in (new, person.password):
            try:
                client.sign_in(person.name, password)
                person.password = password
                break
            except Gone:
                continue
        raise


def verify(person: Person, client: Any) -> None:
    token = person.link
    try:
        client.ask("verify", person.name, "/api/auth/verify-email", {"token": token, "keepFactors": True})
    except Exception:
        person.world.server.wait()
        answer = httpx.post(
            f"{person.world.server.url}/api/auth/verify-email",
            json={"token": token},
            headers={"Host": "localhost"},
            timeout=20,
        )
        if answer.status_code not in (200, 410):
            raise


Flow = Callable[[Person, Any], None]
FLOWS: list[Flow] = [register, sign_in, refresh, change, sign_out, reset, verify]
