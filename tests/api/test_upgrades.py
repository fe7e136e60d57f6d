"""An upgrade that is not taken changes nothing (RFC 9110 section 7.8): the message is read as if nobody had asked for it.

Sent to our own server, to others, and to applications with Vestibule inside. What would be read as a request of its own
asks for /health under an id of its own: no answer may carry that.
"""

import json
import socket
import subprocess

import pytest
from upgrading import HOSTS, host

from harness import PASSWORD

pytestmark = pytest.mark.servers

SMUGGLED = "GET {}/health HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: smuggled-request\r\n\r\n"
LOGIN = json.dumps({"email": "alice@example.com", "password": PASSWORD}).encode()
TOKENS = ["h2c", "websocket", "TLS/1.0", "HTTP/2.0, h2c", "anything", ""]
CONNECTIONS = [
    ["Connection: keep-alive, upgrade"],
    ["Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"],
    ["Connection: keep-alive", "Connection: Upgrade"],
    ["connection:UPGRADE"],
    [],
]
LAST = "the-last-request"


@pytest.fixture(scope="module", params=HOSTS)
def site(request, tmp_path_factory):
    with host(request.param, tmp_path_factory.mktemp("host")) as running:
        yield running


def head(site, method, target, *lines, version="1.1"):
    first = f"{method} {site.prefix}{target} HTTP/{version}"
    return "\r\n".join([first, "Host: localhost", *lines, "", ""]).encode()


def upgrade(token="h2c", connection=("Connection: Upgrade",)):
    return [*connection, f"Upgrade: {token}"]


def smuggled(site):
    """What asks Vestibule for something, if it is read as a request."""
    return SMUGGLED.format(site.prefix).encode()


def chunked(body):
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


def talk(site, *parts):
    """All that comes back until the server hangs up; each part reaches it by itself, after what was before."""
    heard = b""
    with socket.create_connection(("127.0.0.1", site.port), timeout=5) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for part in parts:
                wire.sendall(part)
                site.answers()
            while part := wire.recv(65536):
                heard += part
        except ConnectionError:
            pass
    return heard


def statuses(heard):
    return [int(part[:3]) for part in heard.split(b"HTTP/1.1 ")[1:]]


def sent(site, *parts):
    """The statuses of the answers to these parts, behind which comes one more request. Nothing else is answered."""
    last = head(site, "GET", "/health", f"X-Request-Id: {LAST}", "Connection: close")
    heard = talk(site, *parts, last)
    assert b"smuggled" not in heard, heard
    answers = statuses(heard)
    if site.reads and LAST.encode() in heard:
        return answers[:-1]
    assert LAST.encode() not in heard, heard
    return answers


def with_length(body):
    return [f"Content-Length: {len(body)}"], body


def in_chunks(body):
    return ["Transfer-Encoding: chunked"], chunked(body)


FRAMINGS = [with_length, in_chunks]
REQUESTS = [upgrade(token) for token in TOKENS] + [upgrade(connection=lines) for lines in CONNECTIONS]


@pytest.mark.parametrize("framing", FRAMINGS)
class TestTheBody:
    @pytest.mark.parametrize("lines", REQUESTS, ids="; ".join)
    def test_is_no_request(self, site, lines, framing):
        announced, body = framing(smuggled(site))
        first = head(site, "POST", "/api/auth/login", *lines, "Content-Type: application/json", *announced)
        answers = sent(site, first, body)
        assert answers == [400] if site.is_ours else set(answers) <= {400, 403, 413, 415}, answers

    @pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PATCH", "OPTIONS"])
    @pytest.mark.parametrize("target", ["/api/session", "/forward-auth", "/oauth/introspect", "/nothing/here"])
    def test_is_none_whatever_the_method_and_the_address(self, site, method, target, framing):
        announced, body = framing(smuggled(site))
        answers = sent(site, head(site, method, target, *upgrade(), *announced), body)
        assert len(answers) == 1 if site.is_ours else len(answers) <= 1

    @pytest.mark.parametrize("target", ["/", "/api/session", "/nothing/here"])
    def test_is_none_at_addresses_that_are_the_application_s_own(self, site, target, framing):
        """Where Vestibule is inside of it, by the middleware that the guide names."""
        announced, body = framing(smuggled(site))
        outside = site._replace(prefix="")
        sent(site, head(outside, "POST", target, *upgrade(), *announced), body)

    def test_is_none_in_http_1_0(self, site, framing):
        announced, body = framing(smuggled(site))
        sent(
            site,
            head(site, "POST", "/api/auth/login", *upgrade(), "Connection: keep-alive", *announced, version="1.0"),
            body,
        )

    @pytest.mark.parametrize("expectation", [[], ["Expect: 100-continue"]])
    def test_is_the_message_s_own(self, site, expectation, framing):
        """Clients that offer h2c on clear text sign in (Java's HttpClient, curl --http2)."""
        announced, body = framing(LOGIN)
        lines = [*upgrade(), "Content-Type: application/json", *expectation, *announced]
        first = head(site, "POST", "/api/auth/login", *lines)
        for parts in ([first, body], [first + body], [first[:50], first[50:], body[:10], body[10:]]):
            answers = [status for status in sent(site, *parts) if status != 100]
            assert answers == [200] if site.reads else set(answers) <= {400}, answers


class TestLengths:
    """A body that is there is not called lost, however its length is written (RFC 9110 section 8.6, 9112 section 6.3)."""

    @pytest.mark.parametrize("written", ["{}", "{:013d}", "{:019d}", "   {}  ", "\t{}\t"])
    @pytest.mark.parametrize("lines", [["Connection: close"], upgrade(connection=["Connection: close, Upgrade"])])
    def test_are_read_as_numbers(self, site, written, lines):
        length = f"Content-Length: {written}".format(len(LOGIN))
        first = head(site, "POST", "/api/auth/login", *lines, "Content-Type: application/json", length)
        answers = statuses(talk(site, first + LOGIN))
        assert answers == [200] if site.reads or len(lines) == 1 else set(answers) <= {400}, answers

    @pytest.mark.parametrize("length", [0, len(LOGIN)])
    def test_mean_nothing_beside_chunks(self, site, length):
        lines = ["Content-Type: application/json", f"Content-Length: {length}", "Transfer-Encoding: chunked"]
        assert b"lost_body" not in talk(
            site, head(site, "POST", "/api/auth/login", *lines, "Connection: close") + chunked(LOGIN)
        )


class TestClients:
    """What they send on clear text when they would rather speak HTTP/2."""

    JAVA = (
        "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA", "Upgrade: h2c",
        "User-Agent: Java-http-client/17.0.15", "Content-Type: application/json",
    )  # fmt: skip

    def test_java_s_signs_in_again_and_again_on_one_connection(self, site):
        first = head(site, "POST", "/api/auth/login", f"Content-Length: {len(LOGIN)}", *self.JAVA)
        answers = sent(site, *[first, LOGIN] * 3)
        assert answers == [200] * 3 if site.is_ours else set(answers) <= {200, 400}, answers

    def test_curl_does(self, site):
        url = f"http://localhost:{site.port}{site.prefix}/api/auth/login"
        asked = ["--http2", "--data", LOGIN.decode(), "-H", "Content-Type: application/json", url]
        heard = subprocess.run(["curl", "-s", *asked], capture_output=True, text=True, timeout=30, check=True).stdout
        assert json.loads(heard)["success"] is site.reads


class TestWhatComesBehind:
    def test_is_answered_by_ours_and_by_none_that_reads_wrongly(self, site):
        first = head(site, "GET", "/api/session", *upgrade())
        second = head(site, "GET", "/health", "X-Request-Id: pipelined-request", "Connection: close")
        for parts in ([first + second], [first, second], [first + second[:20], second[20:]]):
            heard = talk(site, *parts)
            assert statuses(heard)[0] == 200
            assert site.is_ours or b"connection: close" in heard.lower().split(b"\r\n\r\n")[0]
            assert (b"pipelined-request" in heard) is site.is_ours or site.reads

    def test_comes_in_any_number(self, site):
        first = head(site, "POST", "/api/auth/nothing", *upgrade(), "Content-Length: 2") + b"{}"
        answers = sent(site, first * 1000)
        assert answers == [404] * 1000 if site.is_ours else set(answers) <= {404}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("target", ["localhost:443", "{}/api/session", "localhost", "[::1]:443"])
def test_a_tunnel_is_refused_and_nothing_in_it_is_read(site, target, framing):
    announced, body = framing(smuggled(site))
    first = "\r\n".join([f"CONNECT {target} HTTP/1.1", "Host: localhost", *announced, "", ""]).format(site.prefix)
    answers = sent(site, first.encode(), body, smuggled(site))
    assert all(status >= 400 for status in answers), answers


def test_a_preface_of_http_2_is_refused(site):
    heard = talk(site, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", smuggled(site))
    assert b"smuggled" not in heard
