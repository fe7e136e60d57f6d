"""The servers of the stand-in front ends: their files, the rewrite to index.html, and the proxies that the systems have."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGES = Path(__file__).parent / "pages"
_TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css"}
# Those of one connection (RFC 9110 section 7.6.1), and what is written anew.
_HOP = {"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "host"}


@dataclass(frozen=True)
class Proxy:
    """What a front end's server passes on to Vestibule, and what it changes on the way."""

    paths: tuple[str, ...] = ("/api",)
    rewrites_host: bool = False
    rewrites_origin: bool = False
    says_forwarded: bool = False

    def headers(self, sent: Mapping[str, str], target: str, own: str) -> dict[str, str]:
        headers = {name: value for name, value in sent.items() if name.lower() not in _HOP}
        headers["Host"] = target if self.rewrites_host else own
        if self.rewrites_origin and "Origin" in sent:
            headers["Origin"] = f"http://{target}"
        if self.says_forwarded:
            headers |= {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": own, "X-Forwarded-Proto": "http"}
        return headers


# `'/api': 'http://localhost:8000'` of Vite; `"proxy": "http://localhost:8000"` of Create React App; a server for production.
VITE = Proxy(rewrites_host=True)
CREATE_REACT_APP = Proxy(rewrites_host=True, rewrites_origin=True, says_forwarded=True)
WEB_SERVER = Proxy(says_forwarded=True)
STATIC = Proxy(paths=())


class FrontEnd(ThreadingHTTPServer):
    """One front end on a port of its own. `vestibule`: the port behind its proxy. `built`: what its build puts in."""

    daemon_threads = True

    def __init__(self, name: str, proxy: Proxy, vestibule: int, **built: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = PAGES / name
        self.proxy = proxy
        self.vestibule = vestibule
        self.built = {f"%{key}%": value for key, value in built.items()}
        self.host = f"localhost:{self.server_port}"
        self.url = f"http://{self.host}"

    def passes_on(self, path: str) -> bool:
        return any(path == start or path.startswith(f"{start}/") for start in self.proxy.paths)

    def file(self, path: str) -> Path:
        """The file of this path, or of its folder; else the page whose script reads the path."""
        asked = self.folder / path.strip("/")
        candidates = (asked, asked / "index.html", self.folder / "index.html")
        return next(path for path in candidates if path.is_file())

    def content(self, file: Path) -> bytes:
        text = file.read_text()
        for name, value in self.built.items():
            text = text.replace(name, value)
        return text.encode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FrontEnd

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if self.server.passes_on(path):
            self._pass_on()
        elif self.command == "GET":
            file = self.server.file(path)
            self._answer(200, [("Content-Type", _TYPES[file.suffix])], self.server.content(file))
        else:
            self._answer(404, [], b"")

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET  # noqa: N815 - looked for by name

    def _pass_on(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.server.vestibule, timeout=30)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        target = f"localhost:{self.server.vestibule}"
        headers = self.server.proxy.headers(dict(self.headers.items()), target, self.headers["Host"])
        try:
            connection.request(self.command, self.path, body or None, headers)
            self._copy(connection.getresponse())
        finally:
            connection.close()

    def _copy(self, answer: HTTPResponse) -> None:
        headers = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
        self._answer(answer.status, headers, answer.read())

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if self.command != "HEAD" else b"")

    def log_message(self, *args: object) -> None:
        return


@contextmanager
def front_end(name: str, proxy: Proxy, vestibule: int, **built: str) -> Iterator[FrontEnd]:
    """The stand-in of this folder of `pages`, served."""
    serving = FrontEnd(name, proxy, vestibule, **built)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    try:
        yield serving
    finally:
        serving.shutdown()
        serving.server_close()
