"""Worker processes: one that dies is replaced, one that hangs is killed in the end, and nobody waits for ever."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest

from servers import READY, command, free_port, production, server


def workers_of(running) -> list[psutil.Process]:
    return psutil.Process(running.process.pid).children()


def until(happened) -> None:
    """Ask again and again, for half a minute."""
    given_up = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < given_up, "it did not happen"


def ready(running) -> int:
    return "".join(running.output).count(READY)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_is_killed_is_replaced(tmp_path, workers):
    with server(tmp_path, workers=workers) as running:
        first, *others = workers_of(running)
        assert len(others) == workers - 1
        first.kill()
        until(lambda: ready(running) == workers + 1)
        assert "worker_died" in "".join(running.output)
        assert httpx.get(f"{running.url}/health/ready").status_code == 200
        assert {worker.pid for worker in others} < {worker.pid for worker in workers_of(running)}


def test_a_worker_that_ends_alone_leaves_the_port_to_the_others(tmp_path):
    """It turns newcomers away before it ends, at a socket that is everybody's."""
    given = production(f"sqlite:///{tmp_path / 'vestibule.db'}") | {"VESTIBULE_STOP_DELAY": "1"}
    assert command("db", "upgrade", folder=tmp_path, **given).returncode == 0
    with server(tmp_path, "serve", "--workers", "2", workers=2, port=free_port(), **given) as running:
        workers_of(running)[0].terminate()
        until(lambda: ready(running) == 3)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", running.port), timeout=20):
                pass


PROGRAM = """
import sys
from vestibule.observability import logs
from vestibule.server.serving import listen
from vestibule.server.workers import Workers
logs.configure(json=True, level="info")
sys.exit(Workers(listen("127.0.0.1", int(sys.argv[1])), 2, 0.5).run())
"""


def started(tmp_path, port: int, **environment: str) -> subprocess.Popen:
    given = {"PATH": os.environ["PATH"], **environment}
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port)], cwd=tmp_path, env=given, stderr=subprocess.PIPE, text=True
    )


def test_workers_that_cannot_start_are_not_tried_for_ever(tmp_path):
    with started(tmp_path, free_port()) as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "VESTIBULE_SECRET_KEY" in told


def test_a_worker_that_hangs_is_killed_when_it_should_have_ended(tmp_path):
    given = production(f"sqlite:///{tmp_path / 'vestibule.db'}")
    assert command("db", "upgrade", folder=tmp_path, **given).returncode == 0
    with started(tmp_path, free_port(), **given) as process:
        told = ""
        while told.count(READY) < 2:
            told += process.stderr.readline()
        hanging = psutil.Process(process.pid).children()[0]
        os.kill(hanging.pid, signal.SIGSTOP)
        process.terminate()
        _, rest = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "worker_killed" in rest
    assert not psutil.pid_exists(hanging.pid)
