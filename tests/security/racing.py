"""Many requests at the same instant: each is sent but for its last byte, then all last bytes go out together."""

import json
import socket
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answered:
    status: int
    body: dict[str, Any]


def request(method: str, path: str, body: Any = None, **headers: str) -> bytes:
    """The bytes of one HTTP/1.1 request. `Content_Type` stands for `Content-Type`."""
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def all_at_once(ports: Sequence[int], requests: Sequence[bytes]) -> list[Answered]:
    """Send them over a connection each, taking turns among the ports, and release all last bytes together."""
    sockets = []
    for number, raw in enumerate(requests):
        connection = socket.create_connection(("127.0.0.1", ports[number % len(ports)]), timeout=60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(raw[:-1])
        sockets.append(connection)
    barrier = threading.Barrier(len(sockets))
    answers: list[Answered | None] = [None] * len(sockets)

    def finish(number: int) -> None:
        barrier.wait()
        sockets[number].sendall(requests[number][-1:])
        answers[number] = answered(read_all(sockets[number]))

    threads = [threading.Thread(target=finish, args=(number,)) for number in range(len(sockets))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answer in answers if answer is not None]


def read_all(connection: socket.socket) -> bytes:
    with connection:
        parts = []
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answered(raw: bytes) -> Answered:
    head, _, body = raw.partition(b"\r\n\r\n")
    status = int(head.split(b" ", 2)[1])
    try:
        return Answered(status, json.loads(body))
    except ValueError:
        return Answered(status, {})
