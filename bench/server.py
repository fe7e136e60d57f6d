"""Starts the product as operators run it, and the reference application, as processes."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import psutil

SECRET_KEY = "kq3vW9sXb7TzR2mYd5LhGf8NcJ4pA6uE-bench-only"
COOKIE = "__Host-vestibule_session"
ISSUER = "https://bench.example.com"
_GENEROUS = {
    f"VESTIBULE_LIMIT_{name}": "1000000/1m" for name in ("LOGIN_ADDRESS", "LOGIN_GLOBAL", "REGISTRATION", "CODES")
}
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Build:
    """A version of the product: the Python with its dependencies, and its source if that is not the installed one."""

    name: str
    python: str
    source: Path | None = None

    def command(self, *arguments: str) -> list[str]:
        return [self.python, "-m", "vestibule", *arguments]

    def environment(self) -> dict[str, str]:
        return {} if self.source is None else {"PYTHONPATH": str(self.source)}


CHECKOUT = Build("checkout", sys.executable)


class Process:
    """A server process with its workers."""

    def __init__(self, command: list[str], port: int, environment: dict[str, str], log: Path) -> None:
        self.port = port
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, f"something listens on port {port} already: stop it"
        began = time.perf_counter()
        self._log = log.open("wb")
        self.process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=self._log, stderr=self._log, start_new_session=True
        )
        self._watchdog = threading.Timer(60, self.process.kill)
        self._watchdog.start()
        try:
            self._wait()
        except BaseException:  # a run that is stopped now has no one else who knows of this server
            self._watchdog.cancel()
            self.stop()
            raise
        self.start_seconds = time.perf_counter() - began

    def _wait(self) -> None:
        while self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5):
                    self._watchdog.cancel()
                    return
            except OSError:
                time.sleep(0.005)
        raise RuntimeError(f"the server stopped; its log is {self._log.name}")

    def workers(self) -> list[psutil.Process]:
        """Return the worker processes, without the small helper process of multiprocessing."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [child for child in children if child.memory_full_info().pss > 20 * 2**20]

    def memory_mib(self) -> float:
        """Return the largest worker's memory in MiB (proportional set size)."""
        return max(child.memory_full_info().pss for child in self.workers()) / 2**20

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self._log.close()


def _environment(database_url: str, folder: Path) -> dict[str, str]:
    """Production settings, but with wide limits, so that the load gets through. No mail server listens."""
    return {
        "VESTIBULE_SECRET_KEY": SECRET_KEY,
        "VESTIBULE_PUBLIC_URL": ISSUER,
        "VESTIBULE_ALLOWED_HOSTS": "127.0.0.1,localhost",
        "VESTIBULE_TRUSTED_PROXIES": "127.0.0.1/32",
        "VESTIBULE_PROOF_OF_WORK": "off",
        "VESTIBULE_DATABASE_URL": database_url,
        "VESTIBULE_DATA_DIR": str(folder),
        "VESTIBULE_MAIL_TRANSPORT": "smtp",
        "VESTIBULE_MAIL_FROM": "bench@example.com",
        "VESTIBULE_SMTP_HOST": "127.0.0.1",
        "VESTIBULE_SMTP_PORT": "9",
        "VESTIBULE_SMTP_TLS": "none",
        **_GENEROUS,
    }


def migrate(database_url: str, folder: Path, build: Build = CHECKOUT) -> None:
    """Run `vestibule db upgrade`."""
    environment = {**os.environ, **_environment(database_url, folder), **build.environment()}
    subprocess.run(build.command("db", "upgrade"), env=environment, check=True, capture_output=True, text=True)


def client(database_url: str, folder: Path) -> tuple[str, str]:
    """Register a client and return its id and secret."""
    environment = {**os.environ, **_environment(database_url, folder)}
    command = [sys.executable, "-m", "vestibule", "clients", "create", "bench", "--introspect", "all"]
    printed = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    made = json.loads(printed)
    return made["id"], made["secret"]


def vestibule(
    database_url: str, port: int, folder: Path, workers: int = 2, build: Build = CHECKOUT, **settings: str
) -> Process:
    """Start `vestibule serve`."""
    more = {f"VESTIBULE_{name}": value for name, value in settings.items()}
    environment = _environment(database_url, folder) | more | build.environment()
    command = build.command("serve", "--port", str(port), "--workers", str(workers))
    return Process(command, port, environment, folder / f"serve-{port}.log")


def constant(port: int, folder: Path, workers: int, body_bytes: int) -> Process:
    """Start the reference application on uvicorn with comparable settings."""
    command = [sys.executable, "-m", "uvicorn", "--interface", "asgi3", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(workers), "--http", "httptools", "--loop", "uvloop", "--ws", "none"]
    command += ["--no-access-log", "--log-level", "error", "--no-proxy-headers", "--no-server-header", "constant:app"]
    environment = {"PYTHONPATH": str(_HERE), "BENCH_BODY_BYTES": str(body_bytes)}
    return Process(command, port, environment, folder / f"constant-{port}.log")


def get(port: int, path: str, header: str = "") -> bytes:
    name, _, value = header.partition(": ")
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={name: value} if name else {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def post(port: int, path: str, body: dict) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())
