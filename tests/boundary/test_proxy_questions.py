"""What the six printed blocks ask Vestibule, seen by a server in its place that says yes to all, to nothing, or is gone."""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from types import SimpleNamespace

import pytest

from protected_sites import HOST, Site, printing
from reverse_proxies import KINDS, Application, proxy
from servers import free_port
from vestibule.http.untrusted_headers import AUTHORIZATION_REQUEST_HEADERS

pytestmark = pytest.mark.servers
ABOUT = ("x-forwarded-method", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-uri", "x-forwarded-for")
# What the clients of these proxies write of their own accord; Caddy copies the client's headers (docs/forward-auth.md).
OWN = {"host", "connection", "accept-encoding", "x-forwarded-server", "x-forwarded-port", "x-real-ip"} | {
    "te", "x-envoy-internal", "x-envoy-expected-rq-timeout-ms", "x-request-id", "content-length",
}  # fmt: skip
FRAMING = ("transfer-encoding", "upgrade", "expect", "trailer", "keep-alive", "proxy-connection", "http2-settings")


@pytest.fixture(scope="module")
def application():
    with closing(Application()) as running:
        yield running


@pytest.fixture(scope="module")
def yes():
    """Answers every question with one person's name."""
    with closing(Application(**{"Remote-User": "somebody"})) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def site(request, tmp_path_factory, application, yes):
    folder = tmp_path_factory.mktemp(request.param)
    with proxy(request.param, folder, HOST, application.url, yes.url, **printing(folder)) as port:
        site = Site(request.param, port, application, SimpleNamespace(port=0))
        site.wait_for_routes()
        yield site
        site.http.close()


@pytest.fixture
def asked(application, yes):
    application.requests.clear()
    yes.requests.clear()
    return yes.requests


def about(site, question):
    """The method, the host and the address that a question is about."""
    headers = dict(question["headers"])
    if site.kind == "envoy":
        return question["method"], headers["host"], question["target"].removeprefix("/forward-auth/envoy")
    return tuple(headers[name] for name in ("x-forwarded-method", "x-forwarded-host", "x-forwarded-uri"))


TARGETS = (
    "/", "/a?b=c&d", "/a?", "/?", "/a%20b", "/a//b", "//a/b", "/a/./b", "/a/../b", "/%2e%2e/b", "/a%2fb", "/a%5cb", "/a\\b",
    "/a;b=c", "/a%3fb", "/a%23b", "/a#b", "/%", "/%zz", "/%00", "/a%0d%0ab", "/é", "/a?%2e%2e/", "/a?b=/../c", "/a?b?c#d",
    "/A/B", "/a|b", '/a"b', "/{a}", "/a+b", "/a@b", "/http://pub.example.localhost/x", "/.well-known/x",
)  # fmt: skip


def test_the_question_is_about_the_request_that_is_passed_on(site, application, asked):
    for prefix, target in [("", target) for target in TARGETS] + [(f"http://{site.authority}", "/a?b=c"), ("", "*")]:
        for method in ("GET", "DELETE", "PROPFIND", "get"):
            asked.clear()
            application.requests.clear()
            site.send(f"{method} {prefix}{target} HTTP/1.1\r\nHost: {site.authority}\r\nConnection: close\r\n\r\n")
            for seen in application.requests:
                assert len(asked) == 1, target
                assert about(site, asked[0]) == (seen["method"], site.authority, seen["target"])
                assert dict(seen["headers"])["host"] == site.authority


NOISE = (
    "Connection: Upgrade, HTTP2-Settings, TE\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
    "TE: trailers\r\nTrailer: X-Forwarded-Uri\r\nExpect: 100-continue\r\nKeep-Alive: timeout=5\r\n"
    "Content-Type: text/plain\r\nRange: bytes=0-1\r\nIf-None-Match: *\r\nOrigin: null\r\nX-Odd: 1\r\nX-Forwarded-Uri: /public\r\n"
    "Cookie: a=b\r\nAccept: text/html\r\nX-Requested-With: x\r\n"
)  # fmt: skip


def test_the_question_holds_nothing_but_what_is_judged_by(site, asked):
    for framing, body in (
        ("Content-Length: 5\r\n", "hello"),
        ("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
        ("", ""),
    ):
        for method in ("GET", "POST"):
            site.send(f"{method} /a HTTP/1.1\r\nHost: {site.authority}\r\n{NOISE}{framing}\r\n", body, timeout=5)
    assert len(asked) == 6
    allowed = {*(name.lower() for name in AUTHORIZATION_REQUEST_HEADERS), *ABOUT, *OWN}
    for question in asked:
        headers = [(name, value) for name, value in question["headers"] if value]
        names = [name for name, _ in headers]
        assert len(names) == len(set(names))
        assert not set(names) & set(FRAMING)
        assert dict(headers).get("content-length", "0") == "0"
        assert dict(headers)["cookie"] == "a=b"
        assert site.kind == "caddy" or set(names) <= allowed


def test_each_question_has_a_connection_of_its_own(site, application, asked):
    with closing(site.connect()) as connection:
        for number in range(5):
            assert connection.send(f"GET /{number} HTTP/1.1\r\nHost: {site.authority}\r\n\r\n")[0] == 200
    assert len(application.requests) == 5
    # Traefik has a pool for questions alone, in which no bytes of a client arrive but the headers above.
    if site.kind != "traefik":
        assert len({tuple(question["peer"]) for question in asked}) == 5


@pytest.mark.parametrize("state", ["frozen", "dead"])
def test_without_an_answer_nothing_reaches_the_application(state, tmp_path, application):
    """All at once; Traefik, which takes half a minute to give up (docs/forward-auth.md), where there is nothing to wait for."""
    application.requests.clear()
    kinds = [kind for kind in KINDS if kind != "traefik" or state == "dead"]
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        address = f"http://127.0.0.1:{silent.getsockname()[1] if state == 'frozen' else free_port()}"

        def status(kind):
            folder = tmp_path / kind
            folder.mkdir()
            with proxy(kind, folder, HOST, application.url, address, **printing(folder)) as listening:
                site = Site(kind, listening, application, SimpleNamespace(port=0))
                site.http.timeout = 60
                with site.http:
                    return site.wait_for_routes()

        statuses = dict(zip(kinds, stack.enter_context(ThreadPoolExecutor(6)).map(status, kinds), strict=True))
    assert application.requests == []
    assert statuses.pop("traefik", 500) == 500
    assert set(statuses.values()) <= {502, 503, 504}, statuses
