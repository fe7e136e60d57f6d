"""What rows and requests cost: bytes in tables with their indexes, bytes of WAL, CPU by process."""

from dataclasses import dataclass

import psutil
from load import Request, drive
from postgres import Postgres
from server import Process

_BYTES = "SELECT (pg_total_relation_size('{0}') / greatest(count(*), 1))::int FROM {0}"


def row_bytes(postgres: Postgres, table: str) -> int:
    """Of one row, its share of the indexes included."""
    return int(postgres.psql(_BYTES.format(table)).strip())


@dataclass(frozen=True)
class Cost:
    """Of one request: bytes of WAL, microseconds of CPU in the workers and in PostgreSQL."""

    wal: float
    worker: float
    database: float


def of_requests(postgres: Postgres, process: Process, requests: list[Request], seconds: float) -> Cost:
    """One kind of request, under load."""
    before = _spent(postgres, process)
    outcome = drive(process.port, requests, seconds)
    after = _spent(postgres, process)
    wal, worker, database = ((b - a) / (outcome.rate * seconds) for a, b in zip(before, after, strict=True))
    return Cost(wal, worker * 1e6, database * 1e6)


def _spent(postgres: Postgres, process: Process) -> tuple[float, float, float]:
    wal = float(postgres.psql("SELECT pg_current_wal_lsn() - '0/0'").strip())
    workers = sum(_seconds(worker) for worker in process.workers())
    backends = sum(_seconds(other) for other in psutil.process_iter(["name"]) if other.info["name"] == "postgres")
    return wal, workers, backends


def _seconds(process: psutil.Process) -> float:
    try:
        spent = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return spent.user + spent.system
