"""Ends sessions at both doors and asks every worker at once, right after the acknowledgement."""

import asyncio
import json
from dataclasses import dataclass
from typing import Protocol

from load import AGENT
from server import COOKIE, ISSUER, SECRET_KEY

from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.entropy import SystemEntropy
from vestibule.crypto.keyring import Keyring

_CSRF = CsrfTokens(Keyring(SECRET_KEY).derive("csrf"), SystemEntropy())


class Worker:
    """One keep-alive connection to one worker."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def at(cls, port: int) -> "Worker":
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def ask(self, method: str, path: str, *headers: str) -> tuple[int, bytes]:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"User-Agent: {AGENT}", *headers]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return int(head[9:12]), await self._reader.readexactly(int(length.partition(b":")[2]))

    def close(self) -> None:
        self._writer.close()


class Door(Protocol):
    """How a session of this door is shown, ended and recognised."""

    async def accepted(self, worker: Worker) -> bool: ...

    async def end(self, worker: Worker) -> None: ...


@dataclass
class BrowserDoor:
    credential: str

    async def accepted(self, worker: Worker) -> bool:
        status, body = await worker.ask("GET", "/api/session", self.credential)
        return status == 200 and json.loads(body)["user"] is not None

    async def end(self, worker: Worker) -> None:
        _, body = await worker.ask("GET", "/api/session", self.credential)
        token = _CSRF.new(json.loads(body)["sessionId"])
        more = (f"X-XSRF-Token: {token}", f"Origin: {ISSUER}", "Content-Length: 0")
        status, _ = await worker.ask("DELETE", "/api/session", self.credential, *more)
        assert status == 200, status


@dataclass
class TokenDoor:
    credential: str

    async def accepted(self, worker: Worker) -> bool:
        status, _ = await worker.ask("GET", "/api/auth/profile", self.credential)
        return status == 200

    async def end(self, worker: Worker) -> None:
        status, _ = await worker.ask("POST", "/api/auth/logout", self.credential, "Content-Length: 0")
        assert status == 200, status


def doors(cookies: list[str], access_tokens: list[str]) -> list[Door]:
    """Both kinds, in turns."""
    browser = [BrowserDoor(f"Cookie: {COOKIE}={secret}") for secret in cookies]
    token = [TokenDoor(f"Authorization: Bearer {text}") for text in access_tokens]
    return [door for pair in zip(browser, token, strict=True) for door in pair]


async def _racer(ports: list[int], share: list[Door], wrong: list[Door]) -> None:
    workers = [await Worker.at(port) for port in ports]
    for number, door in enumerate(share):
        warm = await asyncio.gather(*(door.accepted(worker) for worker in workers))
        assert all(warm), "a session that should count was refused"
        await door.end(workers[number % len(workers)])
        if any(await asyncio.gather(*(door.accepted(worker) for worker in workers))):
            wrong.append(door)
    for worker in workers:
        worker.close()


def run(ports: list[int], given: list[Door], racers: int = 16) -> int:
    """How many sessions were accepted by some worker after their end was acknowledged."""
    wrong: list[Door] = []

    async def race() -> None:
        await asyncio.gather(*(_racer(ports, given[n::racers], wrong) for n in range(racers)))

    asyncio.run(race())
    return len(wrong)
