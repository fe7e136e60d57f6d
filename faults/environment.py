"""The environment of one row: PostgreSQL, a proxy in front of it, an SMTP server, Vestibule with workers, clients."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import psutil

from cluster import BIN, Postgres, free_port
from embedded import Embedded
from history import PASSWORD, Client, History
from invariants import violations
from proxy import Proxy
from smtp_server import SmtpServer

SECRET_KEY = "w8Kx2Vq7Zt4Lm9Rb3Yn6Hs5Jd1Pf0Gc-faults-only"
_HIGH_LIMITS = {
    f"VESTIBULE_LIMIT_{name}": "10000000/1m"
    for name in ("LOGIN_ADDRESS", "LOGIN_GLOBAL", "REGISTRATION", "CODES", "STEPS")
}
_FAULTS_FOLDER = Path(__file__).parent


class Server:
    """A `vestibule serve` process with its workers; `settings` are VESTIBULE_* variables beside the environment's.

    `code`: the folder of another release's package, from the next start on; None for the installed one.
    """

    def __init__(self, environment: "Environment", port: int = 0, workers: int = 2, **settings: str) -> None:
        self.environment = environment
        self.port = port or free_port()
        self.worker_count = workers
        self.settings = settings
        self.code: Path | None = None
        self.process: subprocess.Popen | None = None
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *, module: str = "vestibule", migrate: bool = False, wait: bool = True) -> "Server":
        """Start `python -m module serve`, with its output in serve-PORT.log, and wait until it is ready if `wait`.

        `migrate`: bring the schema up to date first.
        """
        folders = os.pathsep.join(str(folder) for folder in (self.code, _FAULTS_FOLDER) if folder)
        variables = {**os.environ, **self.environment.variables(), **self.settings, "PYTHONPATH": folders}
        command = [sys.executable, "-m", module, "serve", "--port", str(self.port)]
        command += ["--workers", str(self.worker_count), *(["--migrate"] if migrate else [])]
        log = (self.environment.folder / f"serve-{self.port}.log").open("ab")
        self.process = subprocess.Popen(command, env=variables, stdout=log, stderr=log, start_new_session=True)
        log.close()
        self.environment.servers.add(self)
        if wait:
            self.wait()
        return self

    def wait(self, path: str = "/health/ready", seconds: float = 60) -> float:
        """Poll `path` until it answers 200 and return the seconds that took; TimeoutError after `seconds`."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    if answer.status == 200:
                        return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.02)
        raise TimeoutError(f"{self.url}{path} is not ready; see {self.environment.folder}/serve-{self.port}.log")

    def worker_processes(self) -> list[psutil.Process]:
        """Return the processes that answer requests: those of the process tree with more than 30 MiB resident."""
        workers = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if child.memory_info().rss > 30 * 2**20:
                    workers.append(child)
            except psutil.NoSuchProcess:
                continue
        return workers

    def stop(self) -> None:
        """Send SIGTERM and wait for the orderly end, for at most 30 s."""
        self.process.terminate()
        self.process.wait(30)

    def kill(self) -> None:
        """Kill the parent and all its workers with SIGKILL."""
        parent = psutil.Process(self.process.pid)
        # Suspended first, so that it starts no new workers in place of the killed ones.
        parent.suspend()
        for process in [*parent.children(recursive=True), parent]:
            process.kill()
        self.process.wait(10)

    def kill_parent(self) -> None:
        """Kill the parent process alone, and wait until its workers have ended by themselves and the port is free."""
        self.process.kill()
        self.process.wait(10)
        with contextlib.suppress(ConnectionError):
            while True:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                time.sleep(0.02)

    def resources(self) -> tuple[float, int]:
        """Return the largest resident memory (MiB) and the largest number of open files of any worker."""
        workers = self.worker_processes()
        return max(p.memory_info().rss for p in workers) / 2**20, max(p.num_fds() for p in workers)


class Environment:
    """A running system that is created for one row of the table and closed after it.

    `standby`: '' for none, 'sync' or 'async'; `data`: a folder for the primary's data; `embedded`: SQLite instead of
    PostgreSQL; `settings`: settings of Vestibule without the VESTIBULE_ prefix.
    """

    def __init__(self, *, standby: str = "", data: Path | None = None, embedded: bool = False, **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="vestibule-faults-"))
        self.folder.chmod(0o755)
        self._settings = {f"VESTIBULE_{name}": value for name, value in settings.items()}
        self.embedded = embedded
        self.primary: Any = Embedded(self.folder / "vestibule.db") if embedded else self._postgres(data)
        self.standby: Postgres | None = None
        self.replication: Proxy | None = None
        if standby:
            self._add_standby(standby)
        self.proxy = Proxy(self.primary.port)
        self.smtp_server = SmtpServer()
        self.smtp_server.start()
        self.history = History()
        self.clients: list[Client] = []
        self.servers: set[Server] = set()
        self.cli("db", "upgrade")
        admin = ("--username", "admin", "--email", "admin@example.com", "--role", "admin", "--password-stdin")
        self.cli("users", "create", *admin, stdin=f"{PASSWORD}\n")
        self.server = Server(self).start()

    @property
    def database(self) -> Postgres:
        """The database that is behind the proxy at present; the invariants are checked against it."""
        standby = self.standby
        return standby if standby is not None and self.proxy.target == standby.port else self.primary

    def variables(self) -> dict[str, str]:
        """Return the VESTIBULE_* environment variables that servers and commands are started with."""
        return {
            "VESTIBULE_SECRET_KEY": SECRET_KEY,
            "VESTIBULE_PUBLIC_URL": "http://localhost:8000",
            "VESTIBULE_DATABASE_URL": self.primary.url if self.embedded else self.primary.url_at(self.proxy.port),
            "VESTIBULE_DATA_DIR": str(self.folder),
            "VESTIBULE_MAIL_TRANSPORT": "smtp",
            "VESTIBULE_MAIL_FROM": "faults@example.com",
            "VESTIBULE_SMTP_HOST": "127.0.0.1",
            "VESTIBULE_SMTP_PORT": str(self.smtp_server.port),
            "VESTIBULE_SMTP_TLS": "none",
            "VESTIBULE_MAIL_TIMEOUT": "2",
            "VESTIBULE_MAIL_SPREAD": "0s",
            "VESTIBULE_ARGON2_MEMORY_KIB": "1024",
            "VESTIBULE_ARGON2_TIME": "1",
            "VESTIBULE_PROOF_OF_WORK": "off",
            "VESTIBULE_DATABASE_POOL_WAIT": "3",
            "VESTIBULE_DATABASE_STATEMENT_TIMEOUT": "5",
            "VESTIBULE_LOG_LEVEL": "warning",
            **_HIGH_LIMITS,
            **self._settings,
        }

    def path_variable(self) -> dict[str, str]:
        """Return a PATH that begins with PostgreSQL's own programs, which backups need."""
        return {"PATH": f"{BIN}:{os.environ['PATH']}"}

    def cli(self, *arguments: str, stdin: str = "", **extra_variables: str) -> str:
        """Run a `vestibule` command to its end and return its output; RuntimeError when it fails."""
        variables = {**os.environ, **self.variables(), **self.path_variable(), **extra_variables}
        done = subprocess.run(
            [sys.executable, "-m", "vestibule", *arguments], env=variables, input=stdin, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"vestibule {' '.join(arguments)}: {done.stderr[-2000:]}")
        return done.stdout + done.stderr

    def load(
        self, clients: int = 6, urls: list[str] | None = None, pause: float = 0.0, kind: type[Client] = Client
    ) -> list[Client]:
        """Start this many clients of a kind and return them; `urls`: the servers they use, `pause`: their wait after
        each request (seconds).
        """
        first = len(self.clients)
        started = [kind(self.history, urls or [self.server.url], first + number, pause) for number in range(clients)]
        self.clients += started
        for client in started:
            client.start()
        return started

    def settle(self, seconds: float) -> None:
        """Let the load run for this many seconds, while a fault or the recovery from it takes effect."""
        time.sleep(seconds)

    def stop_clients(self) -> None:
        """Let every client finish its current cycle and stop."""
        for client in self.clients:
            client.stop()
        self.clients.clear()

    def wait_for_outbox(self, seconds: float = 60) -> float:
        """Wait until no row of the outbox is pending and return the seconds that took; TimeoutError after `seconds`."""
        began = time.monotonic()
        waiting = "sent_at IS NULL AND dead_at IS NULL AND dropped_at IS NULL"
        sql = f"SELECT count(*) FROM outbox WHERE {waiting}"
        while time.monotonic() - began < seconds:
            if self.database.sql(sql) == "0":
                return time.monotonic() - began
            # Back-off and the leases of killed workers last for minutes and are not measured here: end them.
            self.database.sql(f"UPDATE outbox SET next_try_at = 0, leased_until = 0 WHERE {waiting}")
            time.sleep(0.3)
        raise TimeoutError(f"{self.database.sql(sql)} emails are still pending")

    def check_invariants(self) -> list[str]:
        """Stop the load, wait until the server is ready and the outbox is empty, and return the violated invariants."""
        self.stop_clients()
        self.server.wait()
        self.wait_for_outbox()
        notified = {to.partition("@")[0] for to in self.smtp_server.received}
        lost = {entry.username for entry in self.history.entries_of("register")} - notified
        messages = [f"I6 {username} never got an email" for username in lost]
        return messages + violations(self.history, self.database, self.server.url)

    def close(self) -> None:
        """Stop everything that was started and remove the folder."""
        self.stop_clients()
        for server in self.servers:
            if server.process.poll() is None:
                server.kill()
        self.proxy.close()
        if self.replication is not None:
            self.replication.close()
        self.smtp_server.stop()
        for server in (self.standby, self.primary):
            if server is not None:
                server.thaw()
                server.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _postgres(self, data: Path | None) -> Postgres:
        primary = Postgres((data or self.folder / "data") / "primary")
        primary.create()
        primary.start()
        return primary

    def _add_standby(self, kind: str) -> None:
        self.standby = Postgres(self.folder / "data" / "standby")
        self.replication = Proxy(self.primary.port)
        self.standby.copy_from(self.primary, self.replication.port)
        self.standby.start()
        if kind == "sync":
            self.primary.configure(synchronous_standby_names="'standby'")
            self.primary.reload()
        self.primary.wait_for_standby(kind)
