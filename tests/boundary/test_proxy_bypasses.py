"""Ways around the six printed blocks: another host, other headers, other bytes on a shared connection (cases 197-202).

A second visitor is there whenever connections could be shared, and must never get an answer that is not his.
"""

import itertools
import json
from contextlib import ExitStack, closing

import pytest

from protected_sites import HOST, PUBLIC, protected_site, vestibule_server
from reverse_proxies import KINDS, Application
from vestibule.http.forward_answers import IDENTITY_HEADERS
from vestibule.http.untrusted_headers import ALIASING_SIGNS, REWRITTEN_HEADERS, UNTRUSTED_HEADERS

pytestmark = pytest.mark.servers
MARK = "spoofed.example"
ONE_REQUEST = 20
NO_WEB_SOCKETS = ("apache", "envoy")  # docs/forward-auth.md says so


@pytest.fixture(scope="module")
def vestibule(tmp_path_factory):
    with vestibule_server(tmp_path_factory.mktemp("vestibule")) as running:
        yield running


@pytest.fixture(scope="module")
def application():
    with closing(Application()) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def site(request, tmp_path_factory, vestibule, application):
    with protected_site(request.param, tmp_path_factory.mktemp(request.param), vestibule, application) as site:
        yield site


@pytest.fixture(scope="module")
def cookie(site):
    return site.sign_in(f"carol{site.kind}")[1]


@pytest.fixture
def reached(application):
    """The requests that reached the application in this test."""
    application.requests.clear()
    return application.requests


def values(seen, name):
    return [value for given, value in seen["headers"] if given == name.lower()]


def assert_ours(site, seen):
    """The application sees the host, the scheme, the address and the person that we say, and no other."""
    for name in ("Host", "X-Forwarded-Host"):
        assert values(seen, name) == [site.authority]
    assert values(seen, "X-Forwarded-Proto") == ["http"]
    # Envoy takes its own address for a client on this machine.
    assert len(values(seen, "X-Forwarded-For")) == 1
    assert site.kind == "envoy" or values(seen, "X-Forwarded-For") == ["127.0.0.1"]
    assert values(seen, "Remote-User") == [f"carol{site.kind}"]
    for name in IDENTITY_HEADERS:
        assert len(values(seen, name)) <= 1
    assert len(values(seen, "X-Vestibule-Token")) == 1
    assert MARK not in json.dumps(seen["headers"])


# What a request says about its host: the target, and the lines that follow.
OTHER_HOSTS = {
    "host": ("/private", f"Host: {PUBLIC}"),
    "port": ("/private", f"Host: {PUBLIC}:{{port}}"),
    "upper-case": ("/private", f"Host: {PUBLIC.upper()}"),
    "dot": ("/private", f"Host: {PUBLIC}."),
    "absolute": (f"http://{PUBLIC}/private", "Host: {own}"),
    "absolute-public-path": (f"http://{PUBLIC}/public/../private", "Host: {own}"),
    "absolute-upper-case": (f"HTTP://{PUBLIC.upper()}/private", "Host: {own}"),
    "absolute-own": ("http://{own}/private", f"Host: {PUBLIC}"),
    "absolute-both": (f"http://{PUBLIC}/private", f"Host: {PUBLIC}"),
    "absolute-user": (f"http://{HOST}@{PUBLIC}/private", "Host: {own}"),
    "two": ("/private", f"Host: {{own}}\r\nHost: {PUBLIC}"),
    "two-reversed": ("/private", f"Host: {PUBLIC}\r\nHost: {{own}}"),
    "listed": ("/private", f"Host: {{own}}, {PUBLIC}"),
    "user": ("/private", f"Host: {HOST}@{PUBLIC}"),
    "user-with-port": ("/private", f"Host: {HOST}:80@{PUBLIC}"),
    "fragment": ("/private", f"Host: {PUBLIC}#{HOST}"),
    "path": ("/private", f"Host: {PUBLIC}/{HOST}"),
    "suffix": ("/private", f"Host: {HOST}.{PUBLIC}"),
    "empty": ("/private", "Host:"),
    "number": ("/private", "Host: 127.0.0.1:{port}"),
    "forwarded-host": ("/private", f"Host: {{own}}\r\nX-Forwarded-Host: {PUBLIC}"),
    "forwarded": ("/private", f"Host: {{own}}\r\nForwarded: host={PUBLIC}"),
    "original-host": ("/private", f"Host: {{own}}\r\nX-Original-Host: {PUBLIC}"),
    "folded": ("/private", f"Host: {{own}}\r\n {PUBLIC}"),
    "spaced": ("/private", f"Host : {PUBLIC}\r\nHost: {{own}}"),
    "own-port": ("/private", "Host: " + HOST + ":1"),
    "own-dot": ("/private", "Host: " + HOST + ".:{port}"),
}  # fmt: skip


def heads(site, version="1.1", more=""):
    """Each way of saying another host, as the head of a request."""
    for case, parts in OTHER_HOSTS.items():
        target, lines = (text.format(port=site.port, own=site.authority) for text in parts)
        yield case, f"GET {target} HTTP/{version}\r\n{lines}\r\n{more}Connection: close\r\n\r\n"


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_another_host_does_not_open_this_one(site, reached, version):
    for case, head in heads(site, version):
        site.send(head)
        site.send(head.replace("/private", "/admin/delete"))
        assert reached == [], case


def test_no_host_is_not_ours(site, reached):
    for version in ("1.0", "1.1"):
        site.send(f"GET /public/x HTTP/{version}\r\nConnection: close\r\n\r\n")
    assert reached == []


def test_the_application_sees_one_host_whatever_is_sent(site, reached, cookie):
    for case, head in heads(site, more=f"Cookie: {cookie}\r\n"):
        reached.clear()
        site.send(head)
        for seen in reached:
            assert_ours(site, seen)
            assert seen["target"] == "/private", case


def spellings(name):
    yield name
    yield name.upper()
    yield name.replace("-", "_")
    yield name.replace("-", "_", 1).lower()
    yield "-".join(name.rsplit("-", 1)[:1]) + "_" + name.rsplit("-", 1)[-1] if "-" in name else name.lower()


def aliases(name, kind):
    """Traefik takes away signs but `_` at its entry point alone (docs/forward-auth.md)."""
    return [] if kind == "traefik" else [name.replace("-", sign) for sign in ALIASING_SIGNS if "-" in name]


def batches(names):
    return [names[start : start + ONE_REQUEST] for start in range(0, len(names), ONE_REQUEST)]


def test_no_header_of_the_tables_reaches_the_application(site, reached, cookie):
    names = (*UNTRUSTED_HEADERS, *REWRITTEN_HEADERS, *IDENTITY_HEADERS)
    for spelled in zip(*map(spellings, names), strict=True):
        for batch in batches(spelled):
            answer = site.get("/public/x", [*((name, MARK) for name in batch), ("Cookie", cookie)])
            assert answer.status_code in (200, 400, 403), batch
    for seen in reached:
        assert_ours(site, seen)


def test_no_spelling_hides_behind_another_one_that_is_refused(site, reached):
    for name in (*IDENTITY_HEADERS, *REWRITTEN_HEADERS, "X-Original-URL", "X-Rewrite-URL"):
        more = aliases(name, site.kind) if name in ("Remote-User", "X-Forwarded-Host", "X-Original-URL") else ()
        for spelling in (*spellings(name), *more):
            site.get("/public/x", [(spelling, MARK), (spelling, f"/{MARK}")])
    assert reached
    for seen in reached:
        assert MARK not in json.dumps(seen["headers"])


HOPS = (
    *IDENTITY_HEADERS, *REWRITTEN_HEADERS, "Host", "Cookie", "Authorization", "Accept", "User-Agent", "X-Forwarded-Uri",
    "X-Forwarded-Method", "Content-Length", "Transfer-Encoding", "Upgrade", "Connection",
)  # fmt: skip


def test_connection_does_not_take_away_what_is_ours(site, reached, cookie):
    for name, lines in itertools.product(HOPS, (
        "Connection: close, {}", "Connection: {}\r\nConnection: keep-alive, TE\r\nTE: trailers", "Connection: upgrade, {}",
    )):  # fmt: skip
        reached.clear()
        head = f"GET /private HTTP/1.1\r\nHost: {site.authority}\r\nCookie: {cookie}\r\n{lines.format(name)}\r\n\r\n"
        status, _ = site.send(head)
        # Who takes away their own cookie is anonymous; Envoy refuses some names.
        assert status == 200 or (status in (400, 401) and name not in IDENTITY_HEADERS), (name, lines)
        for seen in reached:
            assert_ours(site, seen)


class SecondVisitor:
    """Anonymous, on connections that were there before, and that stay."""

    def __init__(self, site) -> None:
        self._site = site
        self._stack = ExitStack()
        self._connections = [self._stack.enter_context(closing(site.connect())) for _ in range(3)]

    def __enter__(self):
        self.looks()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def looks(self):
        for number, connection in enumerate(self._connections):
            asked = f"GET /private/{number} HTTP/1.1\r\nHost: {self._site.authority}\r\nAccept: */*\r\n\r\n"
            status, body = connection.send(asked)
            assert status == 401, (status, body)


INNER = (
    "GET /admin/smuggled HTTP/1.1\r\nHost: {own}\r\nRemote-User: root\r\n\r\n",
    (
        "GET /forward-auth HTTP/1.1\r\nHost: {own}\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: {own}\r\n"
        "X-Forwarded-Uri: /public/smuggled\r\nX-Swallow: "
    ),
)  # fmt: skip
OFFERS = {
    "h2c": "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    "websocket": "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13",
    "websocket-upper": "Connection: UPGRADE\r\nUpgrade: WebSocket",
    "websocket-listed": "Connection: upgrade\r\nUpgrade: websocket, h2c",
    "websocket-twice": "Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: foo",
    "foo": "Connection: Upgrade\r\nUpgrade: foo/1",
    "alone": "Upgrade: foo",
    "none": "X-None: 1",
    "expect": "Expect: 100-continue",
    "trailers": "TE: trailers\r\nTrailer: X-Forwarded-Uri",
}


def framed(inner):
    """The heads and bodies in which a request can hide."""
    chunked = f"{len(inner):x}\r\n{inner}\r\n0\r\n\r\n"
    return {
        "length": (f"Content-Length: {len(inner)}", inner),
        "chunked": ("Transfer-Encoding: chunked", chunked),
        "chunked-upper": ("Transfer-Encoding: CHUNKED", chunked),
        "chunked-after": ("Transfer-Encoding: identity, chunked", chunked),
        "tab": ("Transfer-Encoding:\tchunked", chunked),
        "both": (f"Content-Length: {len(chunked)}\r\nTransfer-Encoding: chunked", chunked),
        "both-zero": ("Content-Length: 0\r\nTransfer-Encoding: chunked", chunked),
        "twice": (f"Content-Length: {len(inner)}\r\nContent-Length: 0", inner),
        "listed": (f"Content-Length: {len(inner)}, {len(inner)}", inner),
        "plus": (f"Content-Length: +{len(inner)}", inner),
        "unknown": (f"Transfer-Encoding: x\r\nContent-Length: {len(inner)}", inner),
        "underscore": (f"Content_Length: 0\r\nContent-Length: {len(inner)}", inner),
    }


METHODS = ("GET", "GET", "POST", "CONNECT")
WHAT_AND_WHO = (
    (INNER[0], "Cookie: {}".format), (INNER[1], "X-Nobody: {}".format), (INNER[1], "Cookie: {}".format),
    (INNER[0], "Cookie: {}".format),
)  # fmt: skip


@pytest.mark.parametrize("offer", OFFERS)
def test_bytes_of_one_visitor_are_no_request_of_another(site, reached, cookie, offer):
    with SecondVisitor(site) as second:
        for method, (text, who) in zip(METHODS, WHAT_AND_WHO, strict=True):
            for frame, (head, body) in framed(text.format(own=site.authority)).items():
                lines = (f"{method} /public/x HTTP/1.1", f"Host: {site.authority}", OFFERS[offer], head, who(cookie))
                site.send("\r\n".join(lines) + "\r\n\r\n", body, timeout=2)
                assert not [seen for seen in reached if "smuggled" in seen["target"]], (method, frame)
            second.looks()
    for seen in reached:
        assert "root" not in values(seen, "Remote-User")
        assert set(values(seen, "Upgrade")) <= {"websocket"} or offer == "websocket-upper"


KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="


def upgraded(site, *lines):
    connection = site.connect()
    head = ("GET /private HTTP/1.1", f"Host: {site.authority}", *lines)
    return connection, connection.send("\r\n".join(head) + "\r\n\r\n")[0]


def test_a_web_socket_is_for_who_is_signed_in(site, reached, cookie):
    offer = ("Connection: keep-alive, Upgrade", "Upgrade: websocket", KEY, "Sec-WebSocket-Version: 13")
    for who, expected in (("X-None: 1", {401, 403}), (f"Cookie: {cookie}", {101})):
        connection, status = upgraded(site, *offer, who)
        with closing(connection):
            if site.kind in NO_WEB_SOCKETS:
                assert status in {200, 401, 403}
                continue
            assert status in expected
            if status == 101:
                assert connection.echo(b"hello\n") == b"hello\n"
                assert_ours(site, reached[-1])
    assert len(reached) <= 1


def test_no_other_upgrade_reaches_the_application(site, reached, cookie):
    for offered in ("h2c", "foo", "websocket, h2c", "websocket/13", "xwebsocket", "TLS/1.2"):
        connection, status = upgraded(site, "Connection: Upgrade", f"Upgrade: {offered}", KEY, f"Cookie: {cookie}")
        connection.close()
        assert status in {200, 403}, offered
    assert not [seen for seen in reached if values(seen, "Upgrade")]
