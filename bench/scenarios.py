"""The parts of the benchmark; each returns its figures."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import commands
import costs
import population
import races
import reference
import server
from load import Outcome, Request, drive
from population import Population
from postgres import Postgres
from report import Figure
from requests_of import (
    PASSWORD,
    access_tokens,
    check_requests,
    cookie_requests,
    login_request,
    refresh_request,
    registration_request,
)
from server import Process

PORT, OTHER_PORT, CONSTANT_PORT = 18_431, 18_432, 18_433
HOT = 1_000
SESSION_BODY_BYTES = 326


@dataclass(frozen=True)
class Effort:
    """The size of a run: seconds per measurement, repetitions, rows, races, sizes of the table of sessions."""

    seconds: float
    repeats: int
    users: int
    sessions: int
    races: int
    sizes: tuple[int, ...]


class Bench:
    """Runs all parts against one PostgreSQL server, and one part against SQLite."""

    def __init__(self, effort: Effort, folder: Path, postgres: Postgres) -> None:
        self.effort = effort
        self.folder = folder
        self.postgres = postgres
        server.migrate(postgres.url, folder)
        self.people = self.fill(effort.users, effort.sessions)

    def fill(self, users: int, sessions: int) -> Population:
        return population.fill_postgres(self.postgres.url, server.SECRET_KEY, users, sessions, PASSWORD)

    @contextmanager
    def serving(self, port: int = PORT, workers: int = 2, url: str = "", **settings: str) -> Iterator[Process]:
        process = server.vestibule(url or self.postgres.url, port, self.folder, workers, **settings)
        try:
            yield process
        finally:
            process.stop()

    @contextmanager
    def constant(self, body: bytes) -> Iterator[Process]:
        process = server.constant(CONSTANT_PORT, self.folder, 2, len(body))
        try:
            yield process
        finally:
            process.stop()

    def in_turns(self, loads: dict[str, tuple[int, list[Request]]]) -> dict[str, float]:
        """Return answers per second: medians of alternating repetitions, so that a slow minute affects all alike."""
        rates: dict[str, list[float]] = {name: [] for name in loads}
        for port, requests in loads.values():
            drive(port, requests, 1)
        for _ in range(self.effort.repeats):
            for name, (port, requests) in loads.items():
                rates[name].append(drive(port, requests, self.effort.seconds).rate)
        return {name: median(values) for name, values in rates.items()}

    def start(self) -> list[Figure]:
        seconds, idle = [], []
        for _ in range(3):
            with self.serving() as process:
                seconds.append(process.start_seconds)
                idle.append(process.memory_mib())
        return [
            Figure("start to the first healthy answer, 2 workers, migrated", median(seconds), "s", "<= 1.0"),
            Figure("memory per worker, idle (PSS)", median(idle), "MiB", "<= 75"),
            commands.version(),
        ]

    def check(self) -> list[Figure]:
        cookies = cookie_requests(self.people.cookies[:HOT])
        with self.serving() as process:
            tokens = access_tokens(PORT, self.people.refresh_tokens[-300:])
            client = server.client(self.postgres.url, self.folder)
            with self.constant(server.get(PORT, "/api/session", cookies[0].header)):
                loads = check_requests(self.people.cookies[:HOT], tokens, client)
                same_as = {"constant": "cookie", "constant GET": "bearer", "constant POST": "introspection"}
                rates = self.in_turns(
                    {name: (PORT, requests) for name, requests in loads.items()}
                    | {name: (CONSTANT_PORT, loads[like]) for name, like in same_as.items()}
                )
            drive(PORT, cookie_requests(self.people.cookies), self.effort.seconds)
            connections, loaded = int(self.postgres.psql(CONNECTIONS)), process.memory_mib()
        constant, against = rates["constant"], f"of {rates['constant']:,.0f} constant answers/s"
        checks = {"cookie": ("by cookie, cached", ">= 0.50"), "bearer": ("by bearer token, repeated", ">= 0.45")}
        return [
            *(Figure(f"session check {how} / constant answer", rates[name] / constant, "", least,
                     f"{rates[name]:,.0f} {against}") for name, (how, least) in checks.items()),
            Figure("forward-auth / session check by cookie", rates["forward"] / rates["cookie"], "", ">= 0.90",
                   f"{rates['forward']:,.0f} of {rates['cookie']:,.0f} checks/s"),
            Figure("introspection, asked again / session check by bearer token",
                   rates["introspection"] / rates["bearer"], "", ">= 0.90",
                   f"{rates['introspection']:,.0f} of {rates['bearer']:,.0f} checks/s"),
            Figure("the same two requests, constant answer: what the server makes of a body",
                   rates["constant POST"] / rates["constant GET"], "", "",
                   f"{rates['constant POST']:,.0f} of {rates['constant GET']:,.0f} answers/s"),
            Figure("memory per worker after that, cache full (PSS)", loaded, "MiB", "<= 120"),
            Figure("PostgreSQL connections, 2 workers of 10 at most", connections, "", "<= 20"),
            Figure("memory per cached session", costs.bytes_per_session(), "bytes"),
        ]  # fmt: skip

    def refresh(self) -> list[Figure]:
        requests = [refresh_request(token) for token in self.people.refresh_tokens[:-300]]
        ours, theirs, offset = [], [], 0
        with self.serving():
            for _ in range(self.effort.repeats + 1):
                self.postgres.psql(reference.tokens_for_refresh(self.effort.sessions))
                outcome = drive(PORT, requests, self.effort.seconds, offset=offset)
                offset += outcome.used
                ours.append(outcome.rate)
                theirs.append(self.postgres.pgbench(reference.refresh(), self.effort.seconds))
        rate, ceiling = median(ours[1:]), median(theirs[1:])
        return [
            Figure(
                "refresh with rotation, JWT and audit / pgbench of the same writes", rate / ceiling, "", ">= 0.45",
                f"{rate:,.0f} of {ceiling:,.0f} transactions/s",
            )
        ]  # fmt: skip

    def hashes(self) -> list[Figure]:
        logins = [login_request(n) for n in range(5_000)]
        people = [registration_request(n) for n in range(20_000)]
        seconds, offset = max(6, self.effort.seconds), 0
        bare, login, registered = [], [], []
        with self.serving():
            drive(PORT, logins, 4)
            for _ in range(self.effort.repeats):
                bare.append(costs.bare_hashes(seconds))
                login.append(drive(PORT, logins, seconds).rate)
                outcome = drive(PORT, people, seconds, offset=offset)
                offset += outcome.used
                registered.append(outcome.rate)
        ceiling, logged_in, new = median(bare), median(login), median(registered)
        return [
            Figure(
                "login / bare hash loop", logged_in / ceiling, "", ">= 0.93",
                f"{logged_in:.0f} of {ceiling:.0f} hashes/s",
            ),
            Figure(
                "registration (a password and a mailed code: two hashes) / bare hash loop", 2 * new / ceiling, "",
                ">= 0.90", f"{new:.0f} registrations, {2 * new:.0f} of {ceiling:.0f} hashes/s",
            ),
        ]  # fmt: skip

    def latency(self) -> list[Figure]:
        cookies = cookie_requests(self.people.cookies[:HOT])
        logins = [login_request(n) for n in range(5_000)]
        quiet, busy = [], []
        with self.serving() as process, ThreadPoolExecutor(1) as pool:
            drive(PORT, cookies, 2)
            for _ in range(self.effort.repeats):
                quiet.append(drive(PORT, cookies, self.effort.seconds, 8))
                behind = pool.submit(drive, PORT, logins, self.effort.seconds + 3, 16)
                time.sleep(2)  # until the logins saturate the machine
                busy.append(drive(PORT, cookies, self.effort.seconds, 8))
                behind.result()
            memory = process.memory_mib()
        without, during = median(p99(quiet)), median(p99(busy))
        return [
            Figure(
                "p99 of the session check while logins saturate the machine / without", during / without, "", "<= 4",
                f"{during / 1000:.1f} ms against {without / 1000:.1f} ms",
            ),
            Figure("memory per worker after that, hash buffers included (PSS)", memory, "MiB", "<= 139"),
        ]  # fmt: skip

    def sqlite(self) -> list[Figure]:
        path = self.folder / "bench.db"
        url = f"sqlite:///{path}"
        server.migrate(url, self.folder)
        found = population.fill_sqlite(path, server.SECRET_KEY, self.effort.users, self.effort.sessions, PASSWORD)
        cookies = cookie_requests(found.cookies[:HOT])
        return [
            self._against_constant("SQLite: session check, cache off / constant answer", ">= 0.35", cookies, url, "0"),
            self._against_constant("SQLite: session check by cookie, cached / constant answer", "", cookies, url, "32"),
        ]

    def _against_constant(self, name: str, bar: str, requests: list[Request], url: str, cache: str) -> Figure:
        with self.serving(url=url, SESSION_CACHE_MIB=cache), self.constant(bytes(SESSION_BODY_BYTES)):
            rates = self.in_turns({"constant": (CONSTANT_PORT, requests), "ours": (PORT, requests)})
        ours, constant = rates["ours"], rates["constant"]
        return Figure(name, ours / constant, "", bar, f"{ours:,.0f} of {constant:,.0f}/s")

    def sizes(self) -> list[Figure]:
        figures = []
        for size in self.effort.sizes:
            found = self.fill(max(1_000, size // 2), size)
            with self.serving(SESSION_CACHE_MIB="0"):
                drive(PORT, cookie_requests(found.cookies[:50_000]), 2)
                requests = cookie_requests(found.cookies[:200_000])
                rate = median(drive(PORT, requests, self.effort.seconds).rate for _ in range(self.effort.repeats))
            figures.append(Figure(f"session checks with {size:,} sessions, cache off", rate, "/s"))
        self.people = self.fill(self.effort.users, self.effort.sessions)
        return figures

    def costs(self) -> list[Figure]:
        loads = {
            "session check, cached": cookie_requests(self.people.cookies[:HOT]),
            "refresh": [refresh_request(token) for token in self.people.refresh_tokens[:-300]],
            "login": [login_request(n) for n in range(5_000)],
        }
        figures = []
        with self.serving() as process:
            for name, requests in loads.items():
                drive(PORT, requests[-200:], 2)
                cost = costs.of_requests(self.postgres, process, requests, self.effort.seconds)
                figures.append(
                    Figure(
                        f"{name}: CPU in worker and database", cost.worker + cost.database, "us", "",
                        f"{cost.worker:,.0f} + {cost.database:,.0f} us, {cost.wal:,.0f} bytes of WAL",
                    )
                )  # fmt: skip
        for table in ("users", "sessions", "refresh_tokens", "audit_events"):
            size = costs.row_bytes(self.postgres, table)
            figures.append(Figure(f"storage of a row of {table}, with its indexes", size, "bytes"))
        self.people = self.fill(self.effort.users, self.effort.sessions)
        return figures

    def races(self) -> list[Figure]:
        half = self.effort.races // 2
        with self.serving(workers=1), self.serving(OTHER_PORT, workers=1):
            tokens = access_tokens(PORT, self.people.refresh_tokens[:half])
            sessions = races.raced_sessions(self.people.cookies[-half:], tokens)
            wrong = races.run([PORT, OTHER_PORT], sessions)
        name = f"ended sessions accepted after the acknowledgement, in {len(sessions):,} races of both session types"
        return [Figure(name, wrong, "", "<= 0")]


CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'vestibule%'"


def p99(outcomes: list[Outcome]) -> list[float]:
    return [outcome.p99 for outcome in outcomes]
