"""Measures what rows and requests cost: bytes in tables with their indexes, bytes of WAL, CPU by process."""

import subprocess
import sys
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import population
from cpu import seconds_of_trees
from load import Request, drive
from postgres import Postgres
from server import Process
from vestibule.crypto.clock import SystemClock
from vestibule.domain.active_session import ActiveSession, CachePolicy
from vestibule.domain.session import SessionType
from vestibule.fastpath.encoded_answers import EncodedAnswers
from vestibule.services.sessions.session_cache import SessionCache

_BYTES = "SELECT (pg_total_relation_size('{0}') / greatest(count(*), 1))::int FROM {0}"


def row_bytes(postgres: Postgres, table: str) -> int:
    """Return the bytes of one row, including its share of the indexes."""
    return int(postgres.psql(_BYTES.format(table)))


@dataclass(frozen=True)
class Cost:
    """The cost of one request: bytes of WAL, microseconds of CPU in the workers and in PostgreSQL."""

    wal: float
    worker: float
    database: float


def of_requests(postgres: Postgres, process: Process, requests: list[Request], seconds: float) -> Cost:
    """Measure the cost of one kind of request under load, for this many seconds."""
    before = _spent(postgres, process)
    outcome = drive(process.port, requests, seconds)
    after = _spent(postgres, process)
    wal, worker, database = ((b - a) / outcome.answers for a, b in zip(before, after, strict=True))
    return Cost(wal, worker * 1e6, database * 1e6)


def _spent(postgres: Postgres, process: Process) -> tuple[float, float, float]:
    wal = float(postgres.psql("SELECT pg_current_wal_lsn() - '0/0'"))
    workers, database = seconds_of_trees([process.process.pid, postgres.pid])
    return wal, workers, database


def bytes_per_session() -> float:
    """Return the measured bytes of one entry of the session cache, including its answer."""
    cache = SessionCache(SystemClock(), CachePolicy(size=1 << 30, max_age=60_000_000, lease=1, heartbeat=1, poll=1))
    answers, count, now = EncodedAnswers(1 << 30), 10_000, 1 << 50
    tracemalloc.start()
    for n in range(count):
        found = ActiveSession(
            population.session_id(n), population.user_id(n), SessionType.COOKIE, ("pwd",), 1, now + n, now + n, now + n,
            now + n, f"user{n}", f"user{n}@example.com", now + n, f"User {n}", None, None, None, None, "{}", now + n,
            now + n, (),
        )  # fmt: skip
        answers.put(cache.put(n.to_bytes(32, "big"), found, cache.begin(), 1 << 62), "/api/session", bytes(373))
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return used / count


def bare_hashes(seconds: float) -> float:
    command = [sys.executable, str(Path(__file__).parent / "hashes.py"), str(seconds)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
