"""Everything that takes part: PostgreSQL, the proxy in front of it, mail, the product with its workers, and clients."""

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
from book import PASSWORD, Book, Client
from cluster import BIN, Postgres, free_port
from embedded import Embedded
from invariants import violations
from post import Post
from proxy import Proxy

SECRET_KEY = "w8Kx2Vq7Zt4Lm9Rb3Yn6Hs5Jd1Pf0Gc-faults-only"
_GENEROUS = {
    f"VESTIBULE_LIMIT_{name}": "10000000/1m"
    for name in ("LOGIN_ADDRESS", "LOGIN_GLOBAL", "REGISTRATION", "CODES", "STEPS")
}
_HERE = Path(__file__).parent


class Server:
    """`vestibule serve` with its workers."""

    def __init__(self, world: "World", port: int = 0, workers: int = 2, **settings: str) -> None:
        self.world = world
        self.port = port or free_port()
        self.workers_wanted = workers
        self.settings = settings
        self.process: subprocess.Popen | None = None
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, *, module: str = "vestibule", wait: bool = True) -> "Server":
        environment = {**os.environ, **self.world.environment(), **self.settings, "PYTHONPATH": str(_HERE)}
        command = [sys.executable, "-m", module, "serve", "--port", str(self.port)]
        command += ["--workers", str(self.workers_wanted)]
        log = (self.world.folder / f"serve-{self.port}.log").open("ab")
        self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        log.close()
        if wait:
            self.wait()
        return self

    def wait(self, path: str = "/health/ready", seconds: float = 60) -> float:
        """How long it takes until it says that it is ready."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            try:
                with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                    if answer.status == 200:
                        return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.02)
        raise TimeoutError(f"{self.url}{path} is not ready; see {self.world.folder}/serve-{self.port}.log")

    def worker_processes(self) -> list[psutil.Process]:
        """The processes that answer."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if child.memory_info().rss > 30 * 2**20:
                    found.append(child)
            except psutil.NoSuchProcess:
                continue
        return found

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)

    def kill(self) -> None:
        parent = psutil.Process(self.process.pid)
        # Still, so that it starts nobody in the place of those who die.
        parent.suspend()
        for process in [*parent.children(recursive=True), parent]:
            process.kill()
        self.process.wait(10)

    def kill_parent(self) -> None:
        """The process that was started, alone; its workers have to see to themselves."""
        self.process.kill()
        self.process.wait(10)
        with contextlib.suppress(ConnectionError):
            while True:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                time.sleep(0.02)

    def resources(self) -> tuple[float, int]:
        """MiB and open files of the largest worker."""
        found = self.worker_processes()
        return max(p.memory_info().rss for p in found) / 2**20, max(p.num_fds() for p in found)


class World:
    """Made for one row of the table, and taken down after it."""

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
        self.post = Post()
        self.post.start()
        self.book = Book()
        self.clients: list[Client] = []
        self.cli("db", "upgrade")
        admin = ("--username", "admin", "--email", "admin@example.com", "--role", "admin", "--password-stdin")
        self.cli("users", "create", *admin, typed=f"{PASSWORD}\n")
        self.server = Server(self).start()

    @property
    def database(self) -> Postgres:
        """Who is asked about the truth: whoever is behind the proxy."""
        standby = self.standby
        return standby if standby is not None and self.proxy.target == standby.port else self.primary

    def environment(self) -> dict[str, str]:
        return {
            "VESTIBULE_SECRET_KEY": SECRET_KEY,
            "VESTIBULE_PUBLIC_URL": "http://localhost:8000",
            "VESTIBULE_DATABASE_URL": self.primary.url if self.embedded else self.primary.url_at(self.proxy.port),
            "VESTIBULE_DATA_DIR": str(self.folder),
            "VESTIBULE_MAIL_TRANSPORT": "smtp",
            "VESTIBULE_MAIL_FROM": "faults@example.com",
            "VESTIBULE_SMTP_HOST": "127.0.0.1",
            "VESTIBULE_SMTP_PORT": str(self.post.port),
            "VESTIBULE_SMTP_TLS": "none",
            "VESTIBULE_MAIL_TIMEOUT": "2",
            "VESTIBULE_MAIL_SPREAD": "0s",
            "VESTIBULE_ARGON2_MEMORY_KIB": "1024",
            "VESTIBULE_ARGON2_TIME": "1",
            "VESTIBULE_PROOF_OF_WORK": "off",
            "VESTIBULE_DATABASE_POOL_WAIT": "3",
            "VESTIBULE_DATABASE_STATEMENT_TIMEOUT": "5",
            "VESTIBULE_LOG_LEVEL": "warning",
            **_GENEROUS,
            **self._settings,
        }

    def path(self) -> dict[str, str]:
        """PostgreSQL's own programs, which backups need."""
        return {"PATH": f"{BIN}:{os.environ['PATH']}"}

    def cli(self, *arguments: str, typed: str = "", **more: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "vestibule", *arguments], env={**os.environ, **self.environment(), **self.path(), **more},
            input=typed, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"vestibule {' '.join(arguments)}: {done.stderr[-2000:]}")
        return done.stdout + done.stderr

    def load(self, clients: int = 6, urls: list[str] | None = None, pause: float = 0.0) -> None:
        """Clients begin to work."""
        first = len(self.clients)
        for number in range(first, first + clients):
            client = Client(self.book, urls or [self.server.url], number, pause)
            self.clients.append(client)
            client.start()

    def settle(self, seconds: float) -> None:
        """Let the load run: the faults take time, and so does what comes after them."""
        time.sleep(seconds)

    def quiet(self) -> None:
        """Clients finish what they do and stop."""
        for client in self.clients:
            client.stop()
        self.clients.clear()

    def drained(self, seconds: float = 60) -> float:
        """How long it takes until no mail waits."""
        began = time.monotonic()
        sql = "SELECT count(*) FROM outbox WHERE sent_at IS NULL AND dead_at IS NULL"
        while time.monotonic() - began < seconds:
            if self.database.sql(sql) == "0":
                return time.monotonic() - began
            # Back-off and the leases of killed workers last for minutes: they are not what is measured here.
            self.database.sql(
                "UPDATE outbox SET next_try_at = 0, leased_until = 0 WHERE sent_at IS NULL AND dead_at IS NULL"
            )
            time.sleep(0.3)
        raise TimeoutError(f"{self.database.sql(sql)} mails still wait")

    def verdict(self) -> list[str]:
        """Stop the load, wait until all is well, and look at everything."""
        self.quiet()
        self.server.wait()
        self.drained()
        lost = {entry.who for entry in self.book.of("register")} - {to.partition("@")[0] for to in self.post.received}
        return [f"I6 {who} never got a mail" for who in lost] + violations(self.book, self.database, self.server.url)

    def close(self) -> None:
        self.quiet()
        with contextlib.suppress(psutil.NoSuchProcess):
            self.server.kill()
        self.proxy.close()
        if self.replication is not None:
            self.replication.close()
        self.post.stop()
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
