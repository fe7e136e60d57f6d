"""A small HTTP/1.1 load generator: keep-alive connections, each sending one request after the other."""

import asyncio
import time
from dataclasses import dataclass

HOST = "127.0.0.1"


@dataclass
class Load:
    """One kind of request, repeated."""

    port: int
    method: str
    path: str
    header: str = ""
    body: bytes = b""
    connections: int = 0

    async def run(self, seconds: float, connections: int) -> float:
        """Answers per second over this time; raises when one of them is a refusal."""
        raw = encode(self.method, self.path, self.header, self.body)
        until = time.perf_counter() + seconds
        began = time.perf_counter()
        counts = await asyncio.gather(*(self._client(raw, until) for _ in range(self.connections or connections)))
        return sum(counts) / (time.perf_counter() - began)

    async def _client(self, raw: bytes, until: float) -> int:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        done = 0
        while time.perf_counter() < until:
            writer.write(raw)
            await _answer(reader)
            done += 1
        writer.close()
        return done


async def request(port: int, method: str, path: str, body: bytes) -> bytes:
    """One request and the body of its answer."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(encode(method, path, "", body))
    answer = await _answer(reader)
    writer.close()
    return answer


def encode(method: str, path: str, header: str, body: bytes) -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    if header:
        lines.append(header)
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status = int(head[9:12])
    if status >= 400:
        raise RuntimeError(f"the server answered {status}")
    length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
    return await reader.readexactly(int(length.partition(":")[2]))
