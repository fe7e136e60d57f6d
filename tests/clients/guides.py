"""Guides as they are printed: their files, their commands, and what they say comes out."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs" / "guides"
_ROOT = FOLDER.parents[1]
_BLOCK = re.compile(r"^(?P<indent> *)```(?P<info>[^\n]+)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of a page: its language, what it is for (`run`, `try`, `shows`, a file's name), its text."""

    language: str
    use: str
    text: str


class Guide:
    """One page, with the ports of this run in the place of its own. `programs`: the folder of python and its commands."""

    def __init__(
        self,
        name: str,
        folder: Path,
        ports: dict[str, int],
        hosts: dict[str, str] | None = None,
        programs: Path | None = None,
        variables: dict[str, str] | None = None,
    ) -> None:
        """`hosts`: by printed port, the host to be there instead of localhost. `variables`: of its commands."""
        self.page = (FOLDER / f"{name}.md").read_text()
        self.folder = folder
        self._hosts = hosts or {}
        self._environment = environment(programs or Path(sys.executable).parent) | (variables or {})
        self._ports = {str(port): str(chosen) for port, chosen in ports.items()}
        self.blocks = [self._block(found) for found in _BLOCK.finditer(self.page)]

    def texts(self, use: str) -> list[str]:
        return [block.text for block in self.blocks if block.use == use]

    @property
    def installs(self) -> list[str]:
        """The line that installs what the page needs; proxies' pages have none."""
        return [text for text in self.texts("") if re.match(r"(pip|npm) install ", text)]

    def install(self) -> None:
        for line in self.installs:
            self.sh(line.replace("path/to/vestibule", str(_ROOT)), timeout=300, expected=0)

    def write_files(self) -> None:
        for use in self.texts("setup"):
            self.sh(use)
        for block in self.blocks:
            append = block.use.startswith("append ")
            name = block.use.removeprefix("append ")
            if block.language == "diff":
                insert(self.folder / name, block.text)
            elif "." in name:
                with (self.folder / name).open("a" if append else "w") as file:
                    file.write(("\n" if append else "") + block.text)

    def sh(self, text: str, *, timeout: int = 120, expected: int | None = None) -> str:
        """What this prints, standard output and error together. `expected`: the only exit code to accept."""
        done = subprocess.run(
            ["bash", "-c", text], cwd=self.folder, env=self._environment, text=True, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=timeout, check=False,
        )  # fmt: skip
        assert expected in (None, done.returncode), f"{text}\n{done.stdout}"
        return done.stdout

    def outcomes(self) -> Iterator[tuple[str, str, str]]:
        """Every command to try, what it printed, and what the page says."""
        for index, block in enumerate(self.blocks):
            if block.use == "try":
                yield block.text, self.sh(block.text), self.blocks[index + 1].text.strip()

    @contextmanager
    def running(self, text: str) -> Iterator[subprocess.Popen]:
        with (self.folder / "output.log").open("w") as log:
            process = subprocess.Popen(
                ["bash", "-c", text],
                cwd=self.folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            os.killpg(process.pid, 15)
            process.wait(30)

    @property
    def log(self) -> str:
        return (self.folder / "output.log").read_text()

    def _block(self, found: re.Match) -> Block:
        language, _, use = found["info"].partition(" ")
        indent = len(found["indent"])
        text = "".join(line[indent:] for line in found["text"].splitlines(keepends=True))
        for port, host in self._hosts.items():
            text = text.replace(f"localhost:{port}", f"{host}:{port}")
        for port, chosen in self._ports.items():
            text = re.sub(rf"\b{port}\b", chosen, text)
        return Block(language, use, text)


def insert(path: Path, change: str) -> None:
    """Put the lines with a plus into a file, each behind the line that is printed before it."""
    lines, place = path.read_text().splitlines(), 0
    for line in change.splitlines():
        if line.startswith("+"):
            lines.insert(place, line[1:])
            place += 1
        else:
            place = lines.index(line[1:], place) + 1
    path.write_text("\n".join(lines) + "\n")


def wait_for(port: int, guide: Guide, process: subprocess.Popen) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(guide.log)


def check_outcomes(guide: Guide) -> None:
    outcomes = list(guide.outcomes())
    assert outcomes
    for text, printed, expected in outcomes:
        assert expected in printed, f"{text}\nprinted:\n{printed}\n{guide.log}"


def environment(folder: Path) -> dict[str, str]:
    return {
        "PATH": f"{folder}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/"), "PYTHONUNBUFFERED": "1",
        "VIRTUAL_ENV": str(folder.parent),
    }  # fmt: skip
