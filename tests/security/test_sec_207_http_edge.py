"""Cases 15, 83, 85, 93, 207, 221, 223, 229; ASVS 4.1.3, 4.2.1 to 4.2.5, 13.4.4: bytes on a real socket.

Each case is sent to a running server as it is; what counts is that nothing is served that was not asked for, that the
connection ends where it became unclear, and that the next request of somebody else is answered.
"""

import json
import socket
import time

import pytest
from racing import answered, read_all

from servers import server

PLAIN = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
SMUGGLED = b"GET /api/account HTTP/1.1\r\nHost: localhost\r\n\r\n"
LOGIN = b"POST /api/auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with server(tmp_path_factory.mktemp("edge")) as running:
        yield running.port


def sent(port: int, raw: bytes, *, wait: float = 20) -> bytes:
    """Everything that comes back until the server closes, or says nothing more for a while."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        connection.sendall(raw)
        parts = []
        try:
            while part := connection.recv(65536):
                parts.append(part)
                connection.settimeout(0.5)
        except TimeoutError:
            pass
        except ConnectionResetError:
            pass
    return b"".join(parts)


def alive(port: int) -> None:
    assert sent(port, PLAIN + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


SHAPES = {
    "two lengths that differ": LOGIN + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}" + SMUGGLED,
    "a length and chunks": LOGIN + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "chunks said twice": LOGIN
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    + SMUGGLED,
    "a coding in disguise": LOGIN + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a coding after a blank": LOGIN + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "a folded header": PLAIN + b"X-A: b\r\n c\r\n\r\n",
    "a negative length": LOGIN + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length with a sign": LOGIN + b"Content-Length: +2\r\n\r\n{}" + SMUGGLED,
    "a length in hex": LOGIN + b"Content-Length: 0x2\r\n\r\n{}" + SMUGGLED,
    "a bad chunk size": LOGIN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk that is longer than it says": LOGIN + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n" + SMUGGLED,
    "a NUL in a header": PLAIN + b"X-A: b\0c\r\n\r\n",
    "a bare CR in a header": PLAIN + b"X-A: b\rX-B: c\r\n\r\n",
    "a space before the colon": b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "no version": b"GET /health\r\n\r\n",
    "a version from the future": b"GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "a newline in the target": b"GET /hea\nlth HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 40,
}


class TestFraming:
    @pytest.mark.parametrize("name", SHAPES)
    def test_what_is_unclear_is_refused_and_nothing_behind_it_is_served(self, port, name):
        raw = sent(port, SHAPES[name])
        assert raw.count(b"HTTP/1.1 ") <= 1 or b"HTTP/1.1 400" in raw, raw[:600]
        assert b"authentication_required" not in raw, "the smuggled request was answered"
        assert b" 200 " not in raw.split(b"\r\n", 1)[0]
        alive(port)

    def test_a_body_on_a_get_is_not_the_next_request(self, port):
        raw = sent(port, PLAIN + b"Content-Length: %d\r\n\r\n" % len(SMUGGLED) + SMUGGLED)
        assert raw.count(b"HTTP/1.1 ") == 1

    def test_two_requests_in_one_packet_are_two(self, port):
        raw = sent(port, PLAIN + b"\r\n" + PLAIN + b"Connection: close\r\n\r\n")
        assert raw.count(b"HTTP/1.1 200") == 2


class TestTrailers:
    """What comes behind a chunked body is no header: a proxy that sets or removes headers has not seen it."""

    BODY = LOGIN + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n"

    def test_are_not_believed(self, port):
        raw = sent(port, self.BODY + b"X-Request-Id: from-a-trailer\r\n\r\n")
        assert raw.startswith(b"HTTP/1.1 422")
        assert b"from-a-trailer" not in raw

    @pytest.mark.parametrize("line", [b"X-A: " + b"a" * 60_000 + b"\r\n", b"X-A: a\r\n"])
    def test_without_end_are_cut_off(self, port, line):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(self.BODY)
            assert hangs_up(connection, line * (60_000 // len(line) + 1))
        alive(port)

    def test_nor_are_extensions_of_chunks(self, port):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(LOGIN + b"Transfer-Encoding: chunked\r\n\r\n2;a=")
            assert hangs_up(connection, b"a" * 60_000)
        alive(port)

    def test_a_body_in_single_bytes_is_a_body(self, port):
        text = json.dumps({"email": "nobody@example.com", "password": "x" * 20}).encode()
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in text)
        head = LOGIN + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        assert sent(port, head + chunks + b"0\r\n\r\n").startswith(b"HTTP/1.1 401")


class TestUpgrades:
    @pytest.mark.parametrize("to", [b"h2c", b"websocket"])
    def test_are_not_taken_and_break_nothing(self, port, to):
        first = PLAIN + b"Connection: Upgrade\r\nUpgrade: " + to + b"\r\n\r\n"
        assert b" 101 " not in sent(port, first)
        assert sent(port, first).startswith(b"HTTP/1.1 200")
        alive(port)


class TestSizes:
    def test_a_header_of_a_megabyte(self, port):
        raw = sent(port, PLAIN + b"X-Long: " + b"a" * 1_000_000 + b"\r\n\r\n")
        assert b" 200 " not in raw[:20]
        alive(port)

    def test_a_thousand_headers(self, port):
        raw = sent(port, PLAIN + b"".join(b"X-%d: a\r\n" % n for n in range(1000)) + b"\r\n")
        assert b" 200 " not in raw[:20]
        alive(port)

    def test_an_address_of_64_kib(self, port):
        raw = sent(port, b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert raw == b"" or raw[9:12] in (b"400", b"404", b"414", b"431")
        alive(port)

    def test_a_body_that_says_it_is_a_gigabyte_is_refused_before_it_comes(self, port):
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(LOGIN + b"Content-Length: 1000000000\r\nConnection: close\r\n\r\n" + b"x" * 100_000)
            connection.shutdown(socket.SHUT_WR)
            assert answered(read_all(connection)).status in (400, 413)
        alive(port)

    def test_chunks_without_end_are_cut_off(self, port):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(LOGIN + b"Transfer-Encoding: chunked\r\n\r\n")
            chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
            sending = 0
            try:
                while sending < 2_000 * len(chunk):
                    connection.sendall(chunk)
                    sending += len(chunk)
            except OSError:
                pass
            assert sending < 2_000 * len(chunk)
        alive(port)


class TestSlowness:
    def test_headers_that_trickle_are_cut_off(self, port):
        """Slowloris: a byte a second would hold the connection for ever."""
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\n")
            assert closes(connection, b"X-A: b\r\n")
        alive(port)

    def test_a_body_that_trickles_is_cut_off(self, port):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(LOGIN + b"Content-Length: 5000\r\nConnection: close\r\n\r\n{")
            assert b"slow_body" in last_words(connection, b" ")
        alive(port)

    def test_many_idle_connections_leave_room_for_others(self, port):
        idle = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(400)]
        try:
            alive(port)
        finally:
            for connection in idle:
                connection.close()


def hangs_up(connection: socket.socket, piece: bytes) -> bool:
    """Whether a hundred million bytes are not all taken."""
    try:
        for _ in range(100_000_000 // len(piece)):
            connection.sendall(piece)
    except OSError:
        return True
    return False


def closes(connection: socket.socket, drip: bytes) -> bool:
    return last_words(connection, drip) is not None


def last_words(connection: socket.socket, drip: bytes) -> bytes:
    """What the server says when it has had enough of single bytes; it has a minute to."""
    connection.settimeout(0.3)
    parts = []
    for _ in range(150):
        try:
            connection.sendall(drip)
            part = connection.recv(65536)
        except TimeoutError:
            continue
        except OSError:
            return b"".join(parts)
        if not part:
            return b"".join(parts)
        parts.append(part)
    raise AssertionError("the server is still waiting")


class TestMethods:
    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "PROPFIND", "get", "G\x00T"])
    def test_unused_ones_are_refused(self, port, method):
        raw = sent(port, f"{method} /api/session HTTP/1.1\r\nHost: localhost\r\nX-Mirror: secret\r\n\r\n".encode())
        assert raw == b"" or int(raw[9:12]) in (400, 404, 405, 501)
        assert b"secret" not in raw

    @pytest.mark.parametrize("path", ["/api/session", "/health"])
    def test_a_wrong_one_names_the_right_ones(self, port, path):
        raw = sent(port, f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        assert raw.startswith(b"HTTP/1.1 405")
        assert b"allow:" in raw.lower()


class TestPaths:
    @pytest.mark.parametrize(
        "path",
        [
            "//api/account", "/api//account", "/API/account", "/api/account/", "/api/./account", "/api/x/../account",
            "/api/account;x=1", "/api/account%00", "/api%2faccount", "/api%5caccount", "/api\\account", "/api/account/x.css",
            "/%61pi/account%20", "/api/account%c0%ae", "http://evil.example/api/account", "*",
        ],
    )  # fmt: skip
    def test_other_spellings_are_other_addresses(self, port, path):
        """No route is reached under a name that a proxy in front would judge differently."""
        raw = sent(port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        status = int(raw[9:12])
        if path.startswith("http://"):
            assert status in (400, 401, 404, 421)
        else:
            assert status in (400, 404) or b"text/html" in raw, raw[:200]


class TestHosts:
    def status(self, port: int, *hosts: str, path: str = "/api/session") -> int:
        lines = "".join(f"Host: {host}\r\n" for host in hosts)
        raw = sent(port, f"GET {path} HTTP/1.1\r\n{lines}Connection: close\r\n\r\n".encode())
        return int(raw[9:12]) if raw else 0

    @pytest.mark.parametrize(
        "host", ["localhost", "localhost:8000", "127.0.0.1:1", "[::1]:8000", "LOCALHOST", "localhost."]
    )
    def test_our_own_names_are_served(self, port, host):
        assert self.status(port, host) == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "localhost.evil.example",
            "evil.example:8000",
            "localhost@evil.example",
            "",
            "localhost:80:80",
            "169.254.169.254",
        ],
    )
    def test_others_are_not(self, port, host):
        assert self.status(port, host) in (400, 421)

    def test_two_are_not(self, port):
        assert self.status(port, "localhost", "evil.example") in (400, 421)
        assert self.status(port) in (400, 421)

    @pytest.mark.parametrize("path", ["/health", "/health/ready"])
    def test_monitors_ask_by_address(self, port, path):
        assert self.status(port, "10.1.2.3:8000", path=path) == 200


def test_the_clock_of_these_tests_is_the_server_s_patience():
    """The limits that the cases above wait for are written down here: 15 s for headers, 15 s for a body."""
    from vestibule.http import limits
    from vestibule.server.limits import HEAD_SECONDS

    assert (HEAD_SECONDS, limits.BODY_SECONDS) == (15, 15)
    assert time.monotonic() > 0
