"""Ends sessions of both types, and checks right after the acknowledgement that no worker accepts them."""

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
    """A keep-alive connection to one worker."""

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


class RacedSession(Protocol):
    """A session of one type: how to check whether a worker accepts it, and how to end it."""

    async def accepted(self, worker: Worker) -> bool: ...

    async def end(self, worker: Worker) -> None: ...


@dataclass
class RacedCookieSession:
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
class RacedTokenSession:
    credential: str

    async def accepted(self, worker: Worker) -> bool:
        status, _ = await worker.ask("GET", "/api/auth/profile", self.credential)
        return status == 200

    async def end(self, worker: Worker) -> None:
        status, _ = await worker.ask("POST", "/api/auth/logout", self.credential, "Content-Length: 0")
        assert status == 200, status


def raced_sessions(cookies: list[str], access_tokens: list[str]) -> list[RacedSession]:
    """Return sessions of both types, alternating."""
    browser = [RacedCookieSession(f"Cookie: {COOKIE}={secret}") for secret in cookies]
    token = [RacedTokenSession(f"Authorization: Bearer {text}") for text in access_tokens]
    return [raced for pair in zip(browser, token, strict=True) for raced in pair]


async def _racer(ports: list[int], share: list[RacedSession], wrong: list[RacedSession]) -> None:
    workers = [await Worker.at(port) for port in ports]
    for number, raced in enumerate(share):
        warm = await asyncio.gather(*(raced.accepted(worker) for worker in workers))
        assert all(warm), "a session that should count was refused"
        await raced.end(workers[number % len(workers)])
        if any(await asyncio.gather(*(raced.accepted(worker) for worker in workers))):
            wrong.append(raced)
    for worker in workers:
        worker.close()


def run(ports: list[int], sessions: list[RacedSession], racers: int = 16) -> int:
    """Return how many sessions a worker still accepted after their end was acknowledged."""
    wrong: list[RacedSession] = []

    async def race() -> None:
        await asyncio.gather(*(_racer(ports, sessions[n::racers], wrong) for n in range(racers)))

    asyncio.run(race())
    return len(wrong)
