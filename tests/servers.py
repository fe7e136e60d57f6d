"""Real server processes, started as a user starts them and stopped by the tests."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from forked import Forked, can_be_forked
from harness import CHEAP_HASH, FAST_PATH, SECRET
from vestibule.db import migrate, url

READY = "worker_ready"
_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "PYTHONUNBUFFERED": "1",
    "VESTIBULE_FAST_PATH": FAST_PATH,
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, process: subprocess.Popen | Forked, port: int, folder: Path) -> None:
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
    with tempfile.TemporaryFile("w+") as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(typed)
        stdin.seek(0)
        process = _started(args, folder, environment, stdin.fileno(), stdout.fileno(), stderr.fileno())
        try:
            status = process.wait(60)
        finally:
            process.kill()
        written = []
        for file in (stdout, stderr):
            file.seek(0)
            written.append(file.read().decode())
    return subprocess.CompletedProcess(process.args, status, *written)


def _started(
    args: Sequence[str], folder: Path, environment: dict[str, str], stdin: int, stdout: int, stderr: int,
    python: str = sys.executable,
) -> subprocess.Popen | Forked:  # fmt: skip
    files: dict[str, Any] = {"cwd": folder, "env": {**_ENVIRONMENT, **environment}}
    files |= {"stdin": stdin, "stdout": stdout, "stderr": stderr}
    if can_be_forked(python, files["env"]):
        return Forked(args, **files)
    return subprocess.Popen([python, "-m", "vestibule", *args], text=True, **files)


@lru_cache
def _template() -> Path:
    """An empty database, migrated once; alembic has to have no event loop in its thread."""
    made = Path(tempfile.mkdtemp(prefix="vestibule-template-")) / "vestibule.db"
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(migrate.upgrade, url.parse(f"sqlite:///{made}")).result()
    return made


@contextmanager
def server(
    folder: Path, *args: str, workers: int = 1, port: int = 0, python: str = sys.executable, from_nothing: bool = False,
    **environment: str,
) -> Iterator[Server]:  # fmt: skip
    """`vestibule dev` (or what `args` says) on a free port, ready to answer; what it logs is kept in `output`.

    The database of `dev` is a copy of a migrated one, unless it starts `from_nothing`, and its hashes are cheap.
    """
    chosen = port or free_port()
    arguments = args or ("dev", "--data-dir", str(folder), "--workers", str(workers))
    if arguments[0] == "dev":
        environment = {f"VESTIBULE_{name}": value for name, value in CHEAP_HASH.items()} | environment
        if not from_nothing and not (folder / "vestibule.db").exists():
            shutil.copyfile(_template(), folder / "vestibule.db")
    nothing = subprocess.DEVNULL
    command_line = (*arguments, "--port", str(chosen))
    process = _started(command_line, folder, environment, nothing, nothing, subprocess.PIPE, python)
    running = Server(process, chosen, folder)
    try:
        running.wait_until_ready(workers)
        reader = threading.Thread(target=lambda: running.output.extend(process.stderr))
        reader.start()
        yield running
    finally:
        _end(process)
    reader.join(20)
    process.stderr.close()


def _end(process: subprocess.Popen | Forked) -> None:
    """Stop a process. One that does not stop is killed, so that it does not write into the next test's database."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise


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
