"""`make timing`: can somebody outside tell known from unknown accounts by the time of an answer?

A real server on loopback; for each endpoint one kind of account after the other, in turn, N times; compared with the
unknown one by the Mann-Whitney U test (p > 0.01) and the difference of the medians (less than 1 ms, or 2 %).
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx
from accounts import KINDS, REQUESTS, UNKNOWN, WITHOUT_LIMITS, populate, register
from indistinguishable import Comparison

from harness import SECRET, running
from servers import server

_HASH = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_TIME": "1"}
HEAD = "| endpoint | kind | median (ms) | difference (ms) | p | |\n|---|---|---|---|---|---|"


class Client:
    """What the probes need of a client."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=60)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self._http.post(path, json=body)

    async def close(self) -> None:
        await self._http.aclose()


async def compare(url: str, name: str, kinds: tuple[str, ...], rounds: int) -> bool:
    client = Client(url)
    make = register if name == "register (private)" else REQUESTS[name]
    ordered = (UNKNOWN, *(kind for kind in kinds if kind != UNKNOWN))
    comparison = Comparison({kind: make(client, kind) for kind in ordered})
    await comparison.run(rounds)
    await client.close()
    good = True
    for verdict in comparison.verdicts():
        good &= verdict.is_indistinguishable
        told = "alike" if verdict.is_indistinguishable else "TELLS"
        times = f"{verdict.median * 1000:.2f} | {verdict.gap * 1000:+.3f} | {verdict.p:.3f}"
        print(f"| {name} | {verdict.kind} | {times} | {told} |", flush=True)
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=500)
    parser.add_argument("names", nargs="*", help="endpoints; all of them by default")
    chosen = parser.parse_args()
    print(HEAD)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        for mode, names in (("open", list(REQUESTS)), ("private", ["register (private)"])):
            wanted = [name for name in names if not chosen.names or name in chosen.names]
            if wanted:
                good &= _measured(Path(folder) / mode, mode, wanted, chosen.rounds)
    return 0 if good else 1


def _measured(folder: Path, mode: str, names: list[str], rounds: int) -> bool:
    folder.mkdir()
    (folder / "secret_key").write_text(SECRET)
    address = f"sqlite:///{folder}/vestibule.db"
    given = {f"VESTIBULE_{name}": value for name, value in (WITHOUT_LIMITS | _HASH).items()}
    given |= {"VESTIBULE_REGISTRATION": mode, "VESTIBULE_DATABASE_URL": address, "VESTIBULE_LOG_LEVEL": "error"}
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
