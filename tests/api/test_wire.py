"""What a connection of our own server does before a request is an ASGI request: the short ways, and what must not take them.

On real sockets. An answer that came the short way is known by its first header line, which is not the server's date.
"""

import base64
import json
import socket
import struct
from contextlib import suppress
from urllib.parse import quote

import httpx
import pytest
from wire import Wire, raw

from servers import command, server


class Site:
    """A running server, somebody who is signed in, and an API that asks."""

    def __init__(self, running) -> None:
        self.port, self.url, self.folder, self.output = running.port, running.url, running.folder, running.output
        with httpx.Client(base_url=self.url) as browser:
            token = browser.get("/api/csrf/restore").json()["XSRF-Token"]
            browser.post(
                "/api/session",
                json={"credential": "Demo-lition", "password": "password"},
                headers={"XSRF-Token": token},
            ).raise_for_status()
            self.cookie = f"Cookie: vestibule_session={browser.cookies['vestibule_session']}"
        self.tokens = self.sign_in()
        self.bearer = f"Authorization: Bearer {self.tokens['accessToken']}"
        made = json.loads(command("clients", "create", "orders", "--introspect", "all", folder=self.folder).stdout)
        basic = base64.b64encode(f"{made['id']}:{quote(made['secret'])}".encode()).decode()
        self.form = f"token={self.tokens['accessToken']}".encode()
        self.asking = [f"Authorization: Basic {basic}", "Content-Type: application/x-www-form-urlencoded"]

    def sign_in(self) -> dict[str, str]:
        body = {"email": "demo@user.io", "password": "password"}
        return httpx.post(f"{self.url}/api/auth/login", json=body).raise_for_status().json()

    def questions(self) -> dict[str, bytes]:
        told = ["X-Forwarded-Proto: http", f"X-Forwarded-Host: localhost:{self.port}", "X-Forwarded-Uri: /orders"]
        return {
            "cookie": raw("/api/session", self.cookie),
            "bearer": raw("/api/auth/profile", self.bearer),
            "forward": raw("/forward-auth", self.cookie, *told),
            "nginx": raw("/forward-auth/nginx", self.cookie, *told),
            "introspection": raw("/oauth/introspect", *self.asking, method="POST", body=self.form),
        }


KINDS = ["cookie", "bearer", "forward", "nginx", "introspection"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with server(tmp_path_factory.mktemp("wire"), "dev", VESTIBULE_FAST_PATH="on") as running:
        yield Site(running)


@pytest.fixture(scope="module")
def plain(site):
    """A server on the same database that has the fast path turned off."""
    with server(site.folder, "dev", VESTIBULE_FAST_PATH="off", VESTIBULE_PUBLIC_URL=site.url) as running:
        yield running


class EitherWay:
    """The limits of a connection, and the framing of its messages, do not depend on the fast path."""

    @pytest.fixture(params=["site", "plain"])
    def wire(self, request):
        with Wire(request.getfixturevalue(request.param).port) as connection:
            yield connection


@pytest.fixture
def wire(site):
    with Wire(site.port) as connection:
        yield connection


def short(wire: Wire, question: bytes) -> tuple[int, dict[str, str], bytes, bool]:
    """The answer as it comes the short way: what is new to the server is asked the long way first."""
    for _ in range(3):
        answer = wire.ask(question)
        if answer[3]:
            return answer
    raise AssertionError("every answer came the long way")


@pytest.mark.parametrize("kind", KINDS)
class TestShortAnswers:
    def test_are_the_long_ones(self, site, wire, kind):
        """A header that comes twice sends the same question the long way."""
        question = site.questions()[kind]
        status, headers, body, _ = short(wire, question)
        long = wire.ask(question.replace(b"\r\n\r\n", b"\r\nX-Twice: a\r\nX-Twice: a\r\n\r\n", 1))
        changing = {"date", "x-request-id", "set-cookie"}  # the CSRF token is another one each time
        assert (status, body) == (200, long[2])
        assert headers.get("set-cookie", "").partition("=")[0] == long[1].get("set-cookie", "").partition("=")[0]
        assert not long[3]
        ours = {name: value for name, value in headers.items() if name not in changing}
        theirs = {name: value for name, value in long[1].items() if name not in changing}
        assert ours == theirs

    def test_carry_the_date_and_the_given_request_id(self, site, wire, kind):
        question = site.questions()[kind].replace(b"\r\n\r\n", b"\r\nX-Request-Id: from-the-proxy\r\n\r\n", 1)
        _, headers, _, _ = short(wire, question)
        assert headers["x-request-id"] == "from-the-proxy"
        assert headers["date"].endswith("GMT")
        assert "server" not in headers

    def test_come_one_by_one_when_many_are_asked_in_one_packet(self, site, wire, kind):
        question = site.questions()[kind]
        short(wire, question)
        wire.say(question * 20)
        assert [wire.hear()[0] for _ in range(20)] == [200] * 20

    def test_keep_their_place_among_long_ones(self, site, wire, kind):
        question, other = site.questions()[kind], raw("/api/auth/nothing-here")
        short(wire, question)
        wire.say((question + other) * 5 + question)
        assert [wire.hear()[0] for _ in range(11)] == [200, 404] * 5 + [200]

    def test_come_however_the_question_was_cut(self, site, wire, kind):
        question = site.questions()[kind]
        for cut in range(1, len(question), 7):
            wire.say(question[:cut], question[cut:])
            assert wire.hear()[0] == 200

    def test_end_the_connection_when_the_other_side_says_so(self, site, wire, kind):
        wire.say(site.questions()[kind].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        assert wire.hear()[0] == 200
        assert wire.is_closed()

    def test_and_in_http_1_0(self, site, wire, kind):
        wire.say(site.questions()[kind].replace(b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", 1))
        assert wire.hear()[0] == 200
        assert wire.is_closed()

    def test_reach_whoever_says_no_more(self, site, wire, kind):
        wire.say(site.questions()[kind])
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.hear()[0] == 200
        assert wire.is_closed()


class TestTurnedOff:
    @pytest.mark.parametrize("kind", KINDS)
    def test_every_answer_is_ordinary_and_says_the_same(self, site, plain, wire, kind):
        question = site.questions()[kind]
        status, headers, body, _ = short(wire, question)
        with Wire(plain.port) as other:
            for _ in range(3):
                ordinary = other.ask(question)
                assert (ordinary[0], ordinary[2], ordinary[3]) == (status, body, False)
                assert ordinary[1].keys() | {"set-cookie"} == headers.keys() | {"set-cookie"}

    def test_a_request_for_an_upgrade_is_still_read_as_one(self, site, plain):
        body = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
        asking = raw("/oauth/introspect", *site.asking, "Connection: Upgrade", "Upgrade: h2c", method="POST", body=body)
        with Wire(plain.port) as wire:
            wire.say(asking + raw("/health", "X-Request-Id: the-next"))
            wire.hear()
            if not wire.is_closed():
                assert wire.hear()[1]["x-request-id"] == "the-next"


class TestRefusals:
    @pytest.mark.parametrize("kind", ["cookie", "bearer", "introspection"])
    def test_another_host_is_none_of_ours(self, site, wire, kind):
        question = site.questions()[kind]
        short(wire, question)
        assert wire.ask(question.replace(b"Host: localhost", b"Host: evil.example", 1))[0] == 421

    def test_a_second_credential_is_no_short_question(self, site, wire):
        question = site.questions()["cookie"]
        short(wire, question)
        doubled = question.replace(b"\r\n\r\n", f"\r\n{site.cookie}\r\n\r\n".encode(), 1)
        _, _, body, was_short = wire.ask(doubled)
        assert not was_short
        assert json.loads(body)["user"] is None

    def test_a_spoofed_header_with_an_underscore_is_a_no(self, site, wire):
        question = site.questions()["forward"]
        short(wire, question)
        spoofed = question.replace(b"\r\n\r\n", b"\r\nRemote_User: admin\r\n\r\n", 1)
        assert wire.ask(spoofed)[0] == 403

    @pytest.mark.parametrize("kind", ["bearer", "forward", "nginx", "introspection"])
    def test_an_ended_session_is_refused_at_once(self, site, wire, kind):
        tokens = site.sign_in()
        old, new = site.tokens["accessToken"], tokens["accessToken"]
        question = site.questions()[kind].replace(old.encode(), new.encode())
        question = question.replace(site.cookie.encode(), f"Authorization: Bearer {new}".encode())
        length = len(f"token={new}")
        question = question.replace(b"Content-Length: %d" % len(site.form), b"Content-Length: %d" % length)
        short(wire, question)
        httpx.post(f"{site.url}/api/auth/logout", json={"refreshToken": tokens["refreshToken"]}).raise_for_status()
        status, _, body, _ = wire.ask(question)
        assert status == 401 or json.loads(body) == {"active": False}

    def test_a_body_that_ends_too_early_is_waited_for_as_ever(self, site, wire):
        question = site.questions()["introspection"]
        short(wire, question)
        wire.say(question[:-3])
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            wire.hear()
        wire.socket.settimeout(20)
        wire.say(question[-3:])
        assert wire.hear()[0] == 200


class TestEarlyAnswers(EitherWay):
    """An answer that does not wait for the body must arrive, whatever of the body is still on its way."""

    QUESTION = raw(
        "/api/auth/change-password", "Content-Type: application/json", "Content-Length: 30000", method="POST"
    )

    @pytest.mark.parametrize("ending", ["close", "keep-alive"])
    @pytest.mark.parametrize("late", [1, 29_999])
    def test_arrive_and_the_connection_ends_or_goes_on(self, site, wire, ending, late):
        question = self.QUESTION.replace(b"\r\n\r\n", f"\r\nConnection: {ending}\r\n\r\n".encode(), 1)
        wire.say(question + b"x" * (30_000 - late))
        assert wire.hear()[0] == 401
        wire.say(b"x" * late)
        if ending == "close":
            assert wire.is_closed()
        else:
            assert wire.ask(raw("/health"))[0] == 200

    def test_nonsense_behind_the_last_one_ends_the_connection(self, site, wire):
        """In place of the rest of a body: the answer was the last one, and there is nothing more to say."""
        head = raw("/api/auth/change-password", "Transfer-Encoding: chunked", "Connection: close", method="POST")
        wire.say(head + b"2\r\n{}\r\n")
        assert wire.hear()[0] in (401, 415)
        wire.say(b"nonsense\r\n\r\n")
        assert wire.is_closed()

    def test_whoever_hangs_up_in_the_middle_is_no_error_of_ours(self, site):
        request_id = "hung-up-in-the-middle"
        lines = ["Content-Type: application/json", "Content-Length: 100", f"X-Request-Id: {request_id}"]
        with Wire(site.port) as wire:
            wire.say(raw("/api/auth/login", *lines, method="POST") + b"{")
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        told = ""
        while "status=" not in told:
            told = "".join(line for line in list(site.output) if request_id in line)
        assert "status=408" in told
        assert "unexpected_error" not in told

    def test_a_question_whose_body_is_nonsense_is_none(self, site, wire):
        head = raw("/oauth/introspect", *site.asking, "Transfer-Encoding: chunked", method="POST")
        wire.say(head + b"zz\r\n\r\n")
        assert wire.hear()[0] == 400
        assert wire.is_closed()
        assert wire.rest == b""

    def test_arrive_behind_a_broken_request_too(self, site, wire):
        wire.say(b"nonsense\r\n\r\n" + b"x" * 500_000)
        assert wire.hear()[0] == 400
        assert wire.is_closed()


class TestBounds(EitherWay):
    @pytest.mark.parametrize("size", [70_000, 300_000])
    @pytest.mark.parametrize("parts", [1, 50])
    def test_a_head_beyond_64_kib_ends_the_connection(self, site, wire, size, parts):
        head = raw("/health", *(f"X-{number}: {'a' * (size // 50)}" for number in range(50)))
        step = len(head) // parts + 1
        with suppress(ConnectionResetError, BrokenPipeError):  # it may hang up while we talk
            wire.say(*(head[start : start + step] for start in range(0, len(head), step)))
            assert wire.hear()[0] == 400

    def test_one_just_below_is_read(self, site, wire):
        assert wire.ask(raw("/health", *(f"X-{number}: {'a' * 1200}" for number in range(50))))[0] == 200

    def test_hundred_lines_are_read_and_no_more(self, site, wire):
        assert wire.ask(raw("/health", *(f"X-{number}: a" for number in range(98))))[0] == 200
        assert wire.ask(raw("/health", *(f"X-{number}: a" for number in range(99))))[0] == 400
        assert wire.is_closed()

    def test_a_body_that_goes_on_after_the_answer_is_cut_off(self, site, wire):
        wire.say(raw("/api/auth/nothing-here", "Content-Length: 100000000", method="POST"))
        chunk = b"x" * 65_536
        try:
            for _ in range(1_000):
                wire.say(chunk)
        except OSError:
            return
        raise AssertionError("64 MiB were taken")
