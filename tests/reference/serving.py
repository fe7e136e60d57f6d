"""Vestibule as the stand-ins meet it: development and production servers, the mailbox, and what emails say."""

import itertools
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from mail_servers import ResendApi, resend_address
from servers import PRODUCTION, Server, server

# Enough for every rule of every front end: long, with upper case, lower case and a digit, and not guessed.
PASSWORD, OTHER_PASSWORD = "Rainy Tuesday Harbour 7", "Quiet Green Lantern 8"
COMMON = "Password123"
GENEROUS = {
    "LIMIT_REGISTRATION": "1000/1m", "LIMIT_CODES": "1000/1m", "LIMIT_LOGIN_ADDRESS": "1000/1m",
    "ARGON2_MEMORY_KIB": "64", "ARGON2_TIME": "1",
}  # fmt: skip
_numbers = itertools.count(1)


def fresh(name: str = "sriya") -> str:
    """A name that no account has."""
    return f"{name}{next(_numbers)}"


def _environment(database: str, settings: dict[str, str]) -> dict[str, str]:
    given = GENEROUS | {"DATABASE_URL": database} | settings
    return {f"VESTIBULE_{name}": value for name, value in given.items() if value}


@contextmanager
def development(folder: Path, database: str, port: int, **settings: str) -> Iterator[Server]:
    """`vestibule dev` on this port. `settings`: names without their prefix; an empty one is left out."""
    with server(folder, port=port, **_environment(database, settings)) as running:
        yield running


@contextmanager
def production(
    folder: Path, database: str, port: int, public_url: str, mails: ResendApi, **settings: str
) -> Iterator[Server]:
    """`vestibule serve` on this port, below the address of the web server in front of it."""
    told = {"PUBLIC_URL": public_url} | resend_address(mails) | settings
    environment = PRODUCTION | _environment(database, told)
    with server(folder, "serve", port=port, **environment) as running:
        yield running


def links_to(vestibule: Server, address: str, subject: str) -> list[str]:
    """The links of the newest email of this subject in the mailbox."""
    mails = httpx.get(f"{vestibule.url}/dev/mailbox.json").json()
    return next(mail["links"] for mail in mails if address in mail["to"] and subject in mail["subject"])


def posted_link(mails: ResendApi, address: str, subject: str) -> str:
    """The first link of such an email, once the production server has sent it."""
    patience = time.monotonic() + 30
    while time.monotonic() < patience:
        for _, _, mail in reversed(list(mails.requests)):
            if address in str(mail["to"]) and subject in mail["subject"]:
                return re.search(r"https?://\S+", mail["text"])[0]
    raise AssertionError(f"no email to {address} with the subject {subject!r}")
