"""Processes of `vestibule` that are forked from one that has imported it: they start in a tenth of the time.

Their arguments, environment, folder, standard files and exit status are as if started anew. What is not: `atexit` does
not run, an uncaught error is printed by multiprocessing, and the folder is not on the path of imports.
"""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver, get_context, reduction
from pathlib import Path
from types import ModuleType
from typing import IO, Any

from vestibule.cli._root import COMMANDS

_IMPORTED = ["vestibule.__main__", "vestibule.app", *(f"vestibule.cli.{module}" for module, _ in COMMANDS.values())]
# What the interpreter, the C library or OpenSSL read before any of our code runs.
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC", "TZ", "SSL_", "OPENSSL")
_AS_EVER = {"PYTHONUNBUFFERED"}
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(_IMPORTED)


def can_be_forked(python: str, environment: Mapping[str, str]) -> bool:
    """Whether a process with this interpreter and environment may be forked from the one that is ready."""
    early = [name for name in environment if name.startswith(_READ_AT_START) and name not in _AS_EVER]
    return sys.platform == "linux" and python == sys.executable and not early


class _File:
    """A descriptor that travels with the new process's own message: a copy that waited here to be fetched would keep the
    pipe of a process open that died before it did so.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __reduce__(self) -> tuple[Any, ...]:
        return _same, (reduction.DupFd(self._descriptor),)


def _same(file: Any) -> Any:
    return file


class Forked:
    """What the tests use of subprocess.Popen, for a process that is no child of this one."""

    def __init__(
        self, arguments: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: int, stdout: int, stderr: int
    ) -> None:
        """`stdin`, `stdout`, `stderr`: a file descriptor, subprocess.DEVNULL or, of the last, subprocess.PIPE."""
        self.args = list(arguments)
        self.stderr: IO[str] | None = None
        if stderr == subprocess.PIPE:
            reading, stderr = os.pipe()
            self.stderr = os.fdopen(reading, encoding="utf-8")
        files = [None if file == subprocess.DEVNULL else _File(file) for file in (stdin, stdout, stderr)]
        self._process = _CONTEXT.Process(target=_run, args=(self.args, str(cwd), dict(env), files))
        with _without_main():
            self._process.start()
        if self.stderr is not None:
            os.close(stderr)
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        return self.poll()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@contextmanager
def _without_main() -> Iterator[None]:
    """A new process would import the program that this one runs, such as pytest."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def stop() -> None:
    """End the process that the others are forked from, and wait for it: its time counts as the tests' own."""
    forkserver._forkserver._stop()


def _run(arguments: list[str], folder: str, environment: dict[str, str], files: list[Any]) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for number, file in enumerate(files):
        os.dup2(nothing if file is None else file.detach(), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8", errors="surrogateescape")
    sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False), encoding="utf-8", write_through=True)
    sys.stderr = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False), encoding="utf-8", errors="backslashreplace", write_through=True
    )
    sys.argv = ["vestibule", *arguments]
    from vestibule.__main__ import main

    main()
