"""How long our own server waits for the other side."""

import socket
import time

import pytest
from vestibule_client.testing_server import VestibuleServer
from wire import Wire, raw

from vestibule.http import limits
from vestibule.server import limits as connection_limits
from vestibule.services.tokens import status_lists


def ask_for_ever(greedy: socket.socket) -> None:
    while True:
        greedy.sendall(raw("/api/openapi.json") * 20)


class TestPatience:
    """With a second of patience instead of fifteen and sixty."""

    @pytest.fixture
    def impatient(self, tmp_path, monkeypatch):
        monkeypatch.setattr(connection_limits, "HEAD_SECONDS", 1)
        monkeypatch.setattr(connection_limits, "READ_SECONDS", 1)
        monkeypatch.setattr(limits, "BODY_SECONDS", 1)
        with VestibuleServer(tmp_path) as running:
            yield running

    def test_an_answer_that_nobody_reads_is_given_up(self, impatient):
        port = int(impatient.url.rpartition(":")[2])
        connections = impatient._server.server_state.connections
        with socket.socket() as greedy:
            greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            greedy.connect(("127.0.0.1", port))
            greedy.settimeout(20)
            with pytest.raises(OSError, match=r"reset|pipe"):
                ask_for_ever(greedy)
            assert not connections

    @pytest.mark.parametrize(
        ("path", "kind"),
        [("/oauth/introspect", "application/x-www-form-urlencoded"), ("/api/auth/login", "application/json")],
    )
    def test_a_body_that_never_comes_is_not_waited_for_for_ever(self, impatient, path, kind):
        with Wire(int(impatient.url.rpartition(":")[2])) as wire:
            lines = [f"Content-Type: {kind}", "Content-Length: 100"]
            assert wire.ask(raw(path, *lines, method="POST"))[0] == 408

    def test_a_connection_that_is_not_used_is_closed(self, impatient):
        with Wire(int(impatient.url.rpartition(":")[2])) as wire:
            assert wire.ask(raw("/health"))[0] == 200
            assert wire.is_closed()

    def test_one_that_is_used_stays(self, impatient):
        with Wire(int(impatient.url.rpartition(":")[2])) as wire:
            stays_until = time.monotonic() + 2.5
            while time.monotonic() < stays_until:
                assert wire.ask(raw("/health"))[0] == 200


class TestStreams:
    """The limit of a body ends with the body: a stream lives as long as both sides want."""

    QUIET = 40

    @pytest.fixture
    def hurried(self, tmp_path, monkeypatch):
        """Bodies have to be there within a few of the intervals in which a quiet stream says that it is there."""
        monkeypatch.setattr(limits, "BODY_SECONDS", 0.5)
        monkeypatch.setattr(status_lists, "_KEEPALIVE_SECONDS", 0.05)
        with VestibuleServer(tmp_path) as running:
            yield running

    @pytest.mark.parametrize("body", [b"", b"x"])
    def test_live_on_while_nothing_happens(self, hurried, body):
        with Wire(int(hurried.url.rpartition(":")[2])) as wire:
            wire.say(raw("/oauth/status-changes", "Accept: text/event-stream", body=body))
            heard = b""
            while heard.count(b": still here") < self.QUIET:
                part = wire.socket.recv(65536)
                assert part, heard
                heard += part
        assert heard.count(b"HTTP/1.1 ") == 1

    @pytest.mark.parametrize(
        ("lines", "body", "status"),
        [
            (["Content-Length: 10"], b"", 408),
            (["Content-Length: 10", "Connection: Upgrade", "Upgrade: h2c"], b"12345", 408),
            (["Transfer-Encoding: chunked"], b"3\r\nabc\r\n", 408),
            (["Transfer-Encoding: chunked"], b"%x\r\n%b\r\n0\r\n\r\n" % (70_000, b"x" * 70_000), 413),
        ],
    )
    def test_begin_behind_the_whole_body_or_are_refused(self, hurried, lines, body, status):
        with Wire(int(hurried.url.rpartition(":")[2])) as wire:
            wire.say(raw("/oauth/status-changes", "Accept: text/event-stream", *lines) + body)
            assert wire.hear()[0] == status

    def test_are_over_at_once_for_head(self, hurried):
        with Wire(int(hurried.url.rpartition(":")[2])) as wire:
            wire.say(raw("/oauth/status-changes", "Accept: text/event-stream", method="HEAD"))
            wire.say(raw("/health", "X-Request-Id: the-next-request"))
            heard = b""
            while b"the-next-request" not in heard:
                heard += wire.socket.recv(65536)
        assert heard.startswith(b"HTTP/1.1 200 ")
        assert b"content-type: text/event-stream" in heard.partition(b"\r\n\r\n")[0]

    def test_end_when_the_other_side_hangs_up(self, hurried):
        with Wire(int(hurried.url.rpartition(":")[2])) as wire:
            wire.say(raw("/oauth/status-changes", "Accept: text/event-stream"))
            wire._more()
        while hurried._app.state.services.tokens.status_changes._followers:
            pass

    def test_keep_the_python_client_following(self, hurried):
        follower = hurried.client.feed
        follower.start()
        while not follower.following:
            pass
        followers = hurried._app.state.services.tokens.status_changes._followers
        mine = [*followers]
        self.test_live_on_while_nothing_happens(hurried, b"")
        assert [*followers][:1] == mine
        assert follower.following
