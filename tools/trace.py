"""`make trace`: how a request travels through the code, for contributors (docs/architecture.md tells three journeys).

A journey is one request (or the deferred email that follows from one), run in this process on SQLite. Counted are:

- **function**: a function or method of the package that was entered. Resuming a coroutine or generator is no new entry;
  lambdas and comprehensions belong to the function that they stand in.
- **move**: a function of one file called another file's. A function that other people's code calls (the event loop,
  a library, an executor's thread) is entered without a move: who reads the caller does not see that call.
- **up**: a move from a lower layer to a higher one, as the layers stand in pyproject.toml: an injected callable.

Usage: make trace [ARGS="login session-check-hit --every"]; without names, all journeys in short.
"""

import argparse
import asyncio
import sys
import tempfile
import threading
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from asking import APP, RULES

from authenticator import Authenticator
from harness import PASSWORD, Browser, Vestibule, running
from vestibule.observability import logs

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "vestibule"
_PARTS = {"<lambda>", "<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>", "<module>"}


@dataclass(slots=True)
class Trace:
    """What was entered, in order: file, function, and from which file (empty: from other people's code)."""

    calls: list[tuple[str, str, str]] = field(default_factory=list)
    _frames: set[FrameType] = field(default_factory=set)

    def entered(self, frame: FrameType, event: str, _: Any) -> None:
        """For `sys.setprofile`. A frame that is kept is never mistaken for a new one."""
        if event != "call" or frame in self._frames or not _is_ours(frame.f_code):
            return
        self._frames.add(frame)
        self.calls.append((_file(frame.f_code), frame.f_code.co_qualname, _caller(frame)))

    @property
    def moves(self) -> list[tuple[str, str, str]]:
        """The calls from one file to another."""
        return [call for call in self.calls if call[2] and call[2] != call[0]]

    def summary(self) -> str:
        """The figures in one line."""
        files, functions = {file for file, _, _ in self.calls}, {call[:2] for call in self.calls}
        up = sum(_layer(file) < _layer(caller) for file, _, caller in self.moves)
        return f"{len(files)} files, {len(functions)} functions, {len(self.moves)} moves, {up} of them up"

    def path(self) -> Iterator[str]:
        """The files in the order in which they are entered first, each with the function that is entered."""
        seen: set[str] = set()
        for file, function, _ in self.calls:
            if file not in seen:
                seen.add(file)
                yield f"{file}  {function}"

    def functions(self) -> Iterator[str]:
        """Every function in the order in which they are entered first, each with its file."""
        return iter(dict.fromkeys(f"{file}  {function}" for file, function, _ in self.calls))


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(str(PACKAGE)) and code.co_name not in _PARTS


def _file(code: CodeType) -> str:
    return str(Path(code.co_filename).relative_to(PACKAGE))


def _caller(frame: FrameType) -> str:
    """The file of the function that called, if that is one of ours."""
    before = frame.f_back
    while before is not None and before.f_code.co_name in _PARTS:
        before = before.f_back
    return _file(before.f_code) if before is not None and before.f_code.co_filename.startswith(str(PACKAGE)) else ""


def _layers() -> dict[str, int]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    rows = next(contract["layers"] for contract in contracts if contract["name"].startswith("1."))
    return {name.strip(): place for place, row in enumerate(rows) for name in row.split("|")}


_LAYERS = _layers()


def _layer(file: str) -> int:
    return _LAYERS[Path(file).parts[0].removesuffix(".py")]


@contextmanager
def tracing() -> Iterator[Trace]:
    """Everything that this process does meanwhile, in all of its threads."""
    trace = Trace()
    threading.setprofile(trace.entered)
    sys.setprofile(trace.entered)
    try:
        yield trace
    finally:
        sys.setprofile(None)
        threading.setprofile(None)


Journey = Callable[[Vestibule, Browser], Awaitable[Trace]]


async def login(vestibule: Vestibule, _: Browser) -> Trace:
    """A password sign-in that answers with tokens."""
    with tracing() as trace:
        await vestibule.log_in()
    return trace


async def session_check_hit(vestibule: Vestibule, browser: Browser) -> Trace:
    """A session check by cookie that the cache answers."""
    await vestibule.caching()
    await browser.get("/api/session")
    with tracing() as trace:
        await browser.get("/api/session")
    return trace


async def session_check_miss(vestibule: Vestibule, browser: Browser) -> Trace:
    """A session check by cookie after the cache was emptied."""
    vestibule.services.sessions.session_cache.clear()
    with tracing() as trace:
        await browser.get("/api/session")
    return trace


async def refresh(vestibule: Vestibule, _: Browser) -> Trace:
    """A refresh token is rotated."""
    body = {"refreshToken": (await vestibule.log_in()).json()["refreshToken"]}
    with tracing() as trace:
        await vestibule.post("/api/auth/refresh", body)
    return trace


async def logout(_: Vestibule, browser: Browser) -> Trace:
    """The cookie session ends; every worker's cache follows before the answer."""
    await browser.csrf()
    with tracing() as trace:
        await browser.send("DELETE", "/api/session")
    return trace


async def passkey(_: Vestibule, browser: Browser) -> Trace:
    """A passkey is made and stored: two requests."""
    with tracing() as trace:
        await browser.add_passkey(Authenticator())
    return trace


async def forward_auth(vestibule: Vestibule, browser: Browser) -> Trace:
    """A proxy requests a decision that was made before, for a cached session."""
    await vestibule.caching()
    headers = {
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": APP,
        "X-Forwarded-Uri": "/",
        "X-Forwarded-Method": "GET",
    }
    await browser.get("/forward-auth", **headers)
    with tracing() as trace:
        await browser.get("/forward-auth", **headers)
    return trace


async def deferred_email(vestibule: Vestibule, _: Browser) -> Trace:
    """A reset link: the request, the deferred job, the email."""
    with tracing() as trace:
        await vestibule.post("/api/auth/forgot-password", {"email": "alice@example.com"})
        await vestibule.services.records.outbox.flush()
    return trace


JOURNEYS: dict[str, Journey] = {
    function.__name__.replace("_", "-"): function
    for function in (
        login,
        session_check_hit,
        session_check_miss,
        refresh,
        logout,
        passkey,
        forward_auth,
        deferred_email,
    )
}


async def traced(name: str) -> Trace:
    """Run a journey in a system of its own, after everything was imported and done once."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/vestibule.db"
        await _migrated(address)
        async with running(address, Path(folder), FORWARD_AUTH=RULES) as vestibule:
            browser = vestibule.browser()
            await browser.register()
            await vestibule.log_in("alice@example.com", PASSWORD)
            return await JOURNEYS[name](vestibule, browser)


async def _migrated(address: str) -> None:
    from vestibule.db import migrate, url  # noqa: PLC0415 - what is imported above belongs to the journeys

    await asyncio.to_thread(migrate.upgrade, url.parse(address))


def picture(name: str, trace: Trace, *, every: bool) -> str:
    """A journey with every file, or every function, on its way."""
    doc = (JOURNEYS[name].__doc__ or "").splitlines()[0]
    lines = trace.functions() if every else trace.path()
    return "\n".join([f"{name}: {doc}", f"  {trace.summary()}", *(f"  {line}" for line in lines)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *JOURNEYS], help="journeys to show whole")
    parser.add_argument("--every", action="store_true", help="show every function, not the first of each file")
    given = parser.parse_args()
    names = given.names
    logs.configure(json=True, level="error")
    for name in names or JOURNEYS:
        trace = asyncio.run(traced(name))
        print(picture(name, trace, every=given.every) if names else f"{name:20} {trace.summary()}")


if __name__ == "__main__":
    main()
