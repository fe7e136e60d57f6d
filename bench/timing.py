"""`make timing`: can an attacker distinguish existing from unknown accounts by the time of an answer?

Runs a real server on loopback, calls each endpoint N times for each kind of account in a random order, and compares
every kind with the unknown one: Mann-Whitney U test (p > 0.01) and difference of the medians (less than 1 ms, or 2 %).

One in a hundred comparisons of equal things falls below 0.01. So a suspicious kind is measured again, in another order,
and counts as distinguishable only if it is suspicious twice.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
from accounts import DEFERRED, KINDS, REQUESTS, UNKNOWN, WITHOUT_LIMITS, populate, register
from indistinguishable import Comparison, Send

from harness import SECRET, running
from postgres import Postgres
from servers import server

_HASH = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_TIME": "1"}
HEAD = "| endpoint | kind | median (ms) | difference (ms) | p | |\n|---|---|---|---|---|---|"


class Client:
    """The HTTP client that the probes use."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=60)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self._http.post(path, json=body)

    async def close(self) -> None:
        await self._http.aclose()


async def compare(url: str, name: str, kinds: tuple[str, ...], rounds: int) -> bool:
    """Print how each kind differs from the unknown one. Returns whether none is distinguishable twice."""
    client = Client(url)
    make = register if name == "register (private)" else (REQUESTS | DEFERRED)[name]
    requests = {kind: make(client, kind) for kind in kinds}
    seeming = await _telling(name, requests, [kind for kind in kinds if kind != UNKNOWN], rounds)
    confirmed = await _telling(f"{name}, again", requests, seeming, rounds) if seeming else []
    await client.close()
    return not confirmed


async def _telling(name: str, requests: Mapping[str, Send], kinds: list[str], rounds: int) -> list[str]:
    comparison = Comparison({kind: requests[kind] for kind in (UNKNOWN, *kinds)})
    await comparison.run(rounds)
    verdicts = comparison.verdicts()
    for verdict in verdicts:
        verdict_text = "alike" if verdict.is_indistinguishable else "TELLS"
        times = f"{verdict.median * 1000:.2f} | {verdict.gap * 1000:+.3f} | {verdict.p:.3f}"
        print(f"| {name} | {verdict.kind} | {times} | {verdict_text} |", flush=True)
    return [verdict.kind for verdict in verdicts if not verdict.is_indistinguishable]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("--postgres", action="store_true", help="a PostgreSQL that syncs to disk, in place of SQLite")
    parser.add_argument("--busy", action="store_true", help="while another process keeps a core busy")
    parser.add_argument("names", nargs="*", help="endpoints; all of them by default")
    chosen = parser.parse_args()
    print(HEAD)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for mode, names in (("open", [*REQUESTS, *DEFERRED]), ("private", ["register (private)"])):
            wanted = [name for name in names if not chosen.names or name in chosen.names]
            if wanted:
                load = _busy() if chosen.busy else nullcontext()
                with _database(Path(folder) / mode, postgres=chosen.postgres) as address, load:
                    good &= _measured(Path(folder) / mode, address, mode, wanted, chosen.rounds)
    return 0 if good else 1


@contextmanager
def _busy() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def _database(folder: Path, *, postgres: bool) -> Iterator[str]:
    folder.mkdir()
    if not postgres:
        yield f"sqlite:///{folder}/vestibule.db"
        return
    started = Postgres(folder)
    try:
        yield started.url
    finally:
        started.close()


def _measured(folder: Path, address: str, mode: str, names: list[str], rounds: int) -> bool:
    (folder / "secret_key").write_text(SECRET)
    given = {f"VESTIBULE_{name}": value for name, value in (WITHOUT_LIMITS | _HASH).items()}
    given |= {"VESTIBULE_REGISTRATION": mode, "VESTIBULE_DATABASE_URL": address, "VESTIBULE_LOG_LEVEL": "error"}
    given |= {"VESTIBULE_MAIL_SPREAD": "2s"}  # as in production
    good = True
    with server(folder, **(given | {"VESTIBULE_REGISTRATION": "open", "VESTIBULE_LOG_LEVEL": "info"})):
        asyncio.run(_fill(folder, address))
    with server(folder, **(given | {"VESTIBULE_LOG_LEVEL": "info"})) as started:
        for name in names:
            good &= asyncio.run(compare(started.url, name, KINDS, rounds))
    return good


async def _fill(folder: Path, address: str) -> None:
    async with running(address, folder, **(WITHOUT_LIMITS | _HASH)) as vestibule:
        await populate(vestibule)
        await vestibule.mails()


if __name__ == "__main__":
    sys.exit(main())
