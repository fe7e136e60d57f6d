"""Case 245, F19: a log that cannot be written stops nobody: not the start, not a sign-in, not a command."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from harness import PASSWORD
from servers import free_port

FULL = Path("/dev/full")
pytestmark = [pytest.mark.servers, pytest.mark.linux]


def wait_for(url: str, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/health")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("it does not answer")


def test_a_full_disk_of_the_log_stops_nobody(tmp_path):
    port = free_port()
    command = [sys.executable, "-m", "vestibule", "dev", "--port", str(port), "--data-dir", str(tmp_path)]
    environment = {"PATH": os.environ["PATH"], "VESTIBULE_ARGON2_MEMORY_KIB": "64"}
    with FULL.open("w") as full:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=full)
    try:
        url = f"http://localhost:{port}"
        wait_for(url, process)
        who = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
        assert httpx.post(f"{url}/api/auth/register", json=who).status_code == 201
        wrong = httpx.post(f"{url}/api/auth/login", json={"email": who["email"], "password": "wrong words here"})
        assert wrong.status_code == 401
        right = httpx.post(f"{url}/api/auth/login", json={"email": who["email"], "password": PASSWORD})
        assert right.status_code == 200
    finally:
        process.terminate()
        process.wait(20)
