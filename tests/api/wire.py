"""A connection to a server, byte by byte."""

import socket
from typing import Self

AGENT = "User-Agent: tests"
HOST = "Host: localhost"


class Wire:
    """A connection, and answers one by one."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, *raw: bytes) -> None:
        for part in raw:
            self.socket.sendall(part)

    def hear(self) -> tuple[int, dict[str, str], bytes, bool]:
        """Status, headers, body, and whether it came the short way."""
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(headers["content-length"])
        while len(self.rest) < length:
            self._more()
        body, self.rest = self.rest[:length], self.rest[length:]
        return int(first.split()[1]), headers, body, not lines[0].lower().startswith("date:")

    def ask(self, raw: bytes) -> tuple[int, dict[str, str], bytes, bool]:
        self.say(raw)
        return self.hear()

    def is_closed(self) -> bool:
        return not self.rest and self.socket.recv(1) == b""

    def _more(self) -> None:
        part = self.socket.recv(65536)
        assert part, "the server hung up"
        self.rest += part


def raw(target: str, *lines: str, method: str = "GET", version: str = "1.1", body: bytes = b"") -> bytes:
    length = [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([f"{method} {target} HTTP/{version}", HOST, AGENT, *lines, *length, "", ""]).encode() + body
