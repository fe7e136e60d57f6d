"""A server that is told to stop loses no request of a proxy in front of it (RFC 9112 section 9.6)."""

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import closing

import httpx
import pytest

from servers import Server, command, free_port, production, server


def ask(
    connection: http.client.HTTPConnection, path: str, headers: Mapping[str, str] | None = None
) -> http.client.HTTPResponse:
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    answer.body = answer.read()
    return answer


def ask_once(port: int, path: str) -> http.client.HTTPResponse:
    with closing(http.client.HTTPConnection("localhost", port)) as connection:
        return ask(connection, path)


def staying(port: int) -> bool:
    return json.loads(ask_once(port, "/health/ready").body)["checks"]["staying"]


def tell(running: Server, name: str) -> None:
    """As a terminal and a service manager do: every process of the group, not its parent alone."""
    children = subprocess.run(
        ["pgrep", "-P", str(running.process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    subprocess.run(["kill", f"-{name}", str(running.process.pid), *children], check=True)


@pytest.fixture
def environment(tmp_path):
    port = free_port()
    given = production(f"sqlite:///{tmp_path / 'vestibule.db'}", port) | {"VESTIBULE_STOP_DELAY": "5"}
    assert command("db", "upgrade", folder=tmp_path, **given).returncode == 0
    return port, given


def test_connections_are_closed_one_after_the_other_and_then_it_ends(tmp_path, environment):
    port, given = environment
    with server(tmp_path, "serve", port=port, **given) as running:
        kept = http.client.HTTPConnection("localhost", port)
        before = ask(kept, "/health/ready")
        assert before.status == 200
        assert before.getheader("Connection") is None

        tell(running, "TERM")
        while staying(port):
            pass

        after = ask(kept, "/api/auth/profile")
        assert after.status == 401
        assert after.getheader("Connection") == "close"
        assert after.getheader("X-Content-Type-Options") == "nosniff"
        assert kept.sock is None
        told = ask_once(port, "/health/ready")
        assert (told.status, told.getheader("Connection")) == (503, "close")
        assert ask_once(port, "/health").status == 200
        assert running.process.wait(30) == 0
    assert not listens(port)


def test_answers_that_are_known_close_their_connections_too(tmp_path, environment):
    port, given = environment
    with server(tmp_path, "serve", port=port, **given) as running:
        person = {"username": "alice", "email": "alice@example.com", "password": "rainy tuesday harbour"}
        httpx.post(f"{running.url}/api/auth/register", json=person).raise_for_status()
        tokens = httpx.post(
            f"{running.url}/api/auth/login", json={"email": person["email"], "password": person["password"]}
        ).json()
        headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
        kept = http.client.HTTPConnection("localhost", port)
        for _ in range(3):
            assert ask(kept, "/api/auth/profile", headers).getheader("Connection") is None
        tell(running, "TERM")
        while staying(port):
            pass
        last = ask(kept, "/api/auth/profile", headers)
        assert (last.status, last.getheader("Connection")) == (200, "close")


def test_ctrl_c_does_not_wait(tmp_path, environment):
    port, given = environment
    with server(tmp_path, "serve", port=port, **given | {"VESTIBULE_STOP_DELAY": "3600"}) as running:
        tell(running, "INT")
        assert running.process.wait(30) == 0


def test_nobody_waits_in_development(tmp_path):
    with server(tmp_path, VESTIBULE_STOP_DELAY="3600") as running:
        running.process.terminate()
        assert running.process.wait(30) == 0


@pytest.mark.parametrize("delay", ["0", "1"])
def test_workers_end_when_their_parent_is_killed(tmp_path, environment, delay):
    """Nobody would start them again, and the next server could not have their port."""
    port, given = environment
    given |= {"VESTIBULE_STOP_DELAY": delay}
    with server(tmp_path, "serve", "--workers", "2", port=port, workers=2, **given) as running:
        running.process.kill()
        running.process.wait(20)
        given_up = time.monotonic() + 30
        while listens(port) and time.monotonic() < given_up:
            pass
        assert not listens(port)
        with server(tmp_path, "serve", port=port, **given):
            assert ask_once(port, "/health/ready").status == 200


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
