"""Real server processes, started as a user starts them and stopped by the tests."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import SECRET

READY = "worker_ready"
_ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONUNBUFFERED": "1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, process: subprocess.Popen, port: int, folder: Path) -> None:
        self.process = process
        self.port = port
        self.folder = folder
        self.url = f"http://localhost:{port}"
        self.output: list[str] = []

    def wait_until_ready(self, workers: int) -> None:
        waiting = workers
        # A server that hangs is stopped, which ends its output: then the test fails below instead of waiting for ever.
        watchdog = threading.Timer(60, self.process.kill)
        watchdog.start()
        try:
            for line in self.process.stderr:
                self.output.append(line)
                waiting -= line.count(READY)
                if waiting == 0:
                    self._wait_until_listening()
                    return
        finally:
            watchdog.cancel()
        raise AssertionError("the server stopped:\n" + "".join(self.output))

    def _wait_until_listening(self) -> None:
        while self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return


def command(*args: str, folder: Path, typed: str = "", **environment: str) -> subprocess.CompletedProcess:
    """Run the command line to its end, in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "vestibule", *args],
        cwd=folder,
        env={**_ENVIRONMENT, **environment},
        input=typed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def server(
    folder: Path, *args: str, workers: int = 1, port: int = 0, python: str = sys.executable, **environment: str
) -> Iterator[Server]:
    """`vestibule dev` (or what `args` says) on a free port, ready to answer; what it logs is kept in `output`."""
    chosen = port or free_port()
    arguments = args or ("dev", "--data-dir", str(folder), "--workers", str(workers))
    process = subprocess.Popen(
        [python, "-m", "vestibule", *arguments, "--port", str(chosen)],
        cwd=folder,
        env={**_ENVIRONMENT, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Server(process, chosen, folder)
    try:
        running.wait_until_ready(workers)
        reader = threading.Thread(target=lambda: running.output.extend(process.stderr))
        reader.start()
        yield running
    finally:
        process.terminate()
        process.wait(20)
    reader.join(20)
    process.stderr.close()


PRODUCTION = {
    "VESTIBULE_SECRET_KEY": SECRET,
    "VESTIBULE_MAIL_TRANSPORT": "resend",
    "VESTIBULE_MAIL_FROM": "no-reply@example.com",
    "VESTIBULE_RESEND_API_KEY": "re_secret_of_ours",
    "VESTIBULE_STOP_DELAY": "0",
    "VESTIBULE_MAIL_SPREAD": "0s",
}


def production(database_url: str, port: int = 8000) -> dict[str, str]:
    return {**PRODUCTION, "VESTIBULE_DATABASE_URL": database_url, "VESTIBULE_PUBLIC_URL": f"http://localhost:{port}"}
