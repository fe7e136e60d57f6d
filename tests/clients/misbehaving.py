"""A small real HTTP server that answers as Vestibule does, until a test makes it misbehave, path by path."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
from vestibule_client.testing import TestIssuer

METADATA = "/.well-known/oauth-authorization-server"
KEYS = "/.well-known/jwks.json"
LIST = "/oauth/status-lists/0"
CHANGES = "/oauth/status-changes"
SESSION = "/api/session"
INTROSPECTION = "/oauth/introspect"
# Ends the answer here: the connection is closed without another byte.
CUT = None

Answer = tuple[int, str, bytes]


def body(content: bytes, *, status: int = 200, kind: str = "application/json") -> Callable:
    return lambda server, good: (status, kind, content)


def document(value: object) -> Callable:
    return body(json.dumps(value).encode())


def changed(**members: object) -> Callable:
    """The good JSON answer, with these members; Ellipsis takes one away."""

    def change(server, good):
        value = {name: member for name, member in (json.loads(good[2]) | members).items() if member is not ...}
        return 200, "application/json", json.dumps(value).encode()

    return change


def hang(server, good):
    """No byte, until the server is mended."""
    server.mended.wait(60)
    return CUT


# How an answer can be bad, whatever it is about.
BAD = {
    "a connection that breaks": lambda server, good: CUT,
    "an error of the server's": body(b"{}", status=500),
    "an error of a proxy's": body(b"<h1>Bad Gateway</h1>", status=502, kind="text/html"),
    "no such page": body(b"{}", status=404),
    "a redirect": body(b"", status=302),
    "too many requests": body(b"{}", status=429),
    "a page": body(b"<!doctype html><title>Sign in to the Wi-Fi</title>", kind="text/html"),
    "nothing": body(b""),
    "null": document(None),
    "a list": document([]),
    "a number": document(5),
    "a text": document("keys"),
    "an empty object": document({}),
    "half of it": lambda server, good: (good[0], good[1], good[2][: len(good[2]) // 2]),
    "no UTF-8": body(b'{"keys": "\xff\xfe"}'),
    "nested too deeply": body(b"[" * 100_000),
    "too much of it": body(b" " * (3 << 20)),
    "silence": hang,
}  # fmt: skip


class Misbehaving(ThreadingHTTPServer):
    """The server. `bad`: for a path, what becomes of its good answer; `requests`: the paths that were asked for, and
    `answered`: those that got their answer; `first_word`: streams say nothing before it.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server_port}"
        self.issuer = TestIssuer(self.url)
        self.bad: dict[str, Callable] = {}
        self.requests: list[str] = []
        self.mended, self.closing = threading.Event(), threading.Event()
        self.word = threading.Condition()
        self.streams = 0
        self.answered: list[str] = []
        self.first_word = threading.Event()
        self.first_word.set()
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, request, address) -> None: ...  # clients that gave up

    def answer(self, method: str, path: str, headers, content: bytes) -> Answer | None:
        self.requests.append(path)
        request = httpx.Request(method, f"{self.url}{path}", headers=dict(headers), content=content)
        good = self.issuer._answer(request)
        kind = good.headers.get("content-type", "text/plain")
        whole = (good.status_code, kind, good.content)
        return self.bad[path](self, whole) if path in self.bad else whole

    def end(self, headers: dict[str, str]) -> None:
        """A session ends, and every stream says so."""
        with self.word:
            self.issuer.end(headers)
            self.word.notify_all()

    def mend(self) -> None:
        """It behaves again."""
        self.bad = {}
        self.mended.set()
        self.mended = threading.Event()

    def fails_once(self, path: str, how: Callable) -> None:
        def once(server, good):
            del self.bad[path]
            return how(server, good)

        self.bad[path] = once

    def close(self) -> None:
        self.mend()
        self.closing.set()
        with self.word:
            self.word.notify_all()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: Misbehaving

    def do_GET(self) -> None:
        if self.path == CHANGES and self.path not in self.server.bad and "event-stream" in self.headers["Accept"]:
            self._stream()
            return
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        found = self.server.answer(self.command, self.path, self.headers, content)
        if found is CUT:
            self.close_connection = True
            return
        status, kind, content = found
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        if status == 302:
            self.send_header("Location", "https://wifi.example/")
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(content)
            self.server.answered.append(self.path)

    def do_POST(self) -> None:
        self.do_GET()

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        sent = -1
        self.server.first_word.wait(30)
        with self.server.word:
            while not self.server.closing.is_set():
                if sent != self.server.issuer._generation:
                    sent = self.server.issuer._generation
                    self.wfile.write(b'id: %d\nevent: changed\ndata: {"generation":%d}\n\n' % (sent, sent))
                    self.wfile.flush()
                    self.server.streams += 1
                self.server.word.wait(0.5)

    def log_message(self, *_) -> None: ...
