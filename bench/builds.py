"""Builds of other commits, to measure beside the checkout."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server import Build

_ROOT = Path(__file__).parents[1]
_RUNTIME = "requirements/runtime.txt"
# Built, not stored in git, and not measured: the checkout's serve for both.
_BUILT = ("src/vestibule/pages", "src/vestibule/packages")


@contextmanager
def commit(ref: str, folder: Path) -> Iterator[Build]:
    """Check out a commit into this folder while the context lasts. It shares the checkout's dependencies where both
    require the same ones, else it gets an environment of its own. CalledProcessError if there is no such commit.
    """
    tree = folder / "tree"
    try:
        _run("git", "worktree", "add", "--quiet", "--detach", str(tree), ref)
        for built in _BUILT:
            shutil.copytree(_ROOT / built, tree / built, dirs_exist_ok=True)
        yield Build("reference", _python(tree, folder / "venv"), tree / "src")
    finally:
        if tree.exists():  # twice --force: git locks it while it adds it, and that may have been interrupted
            _run("git", "worktree", "remove", "--force", "--force", str(tree))


def _python(tree: Path, environment: Path) -> str:
    if (tree / _RUNTIME).read_text() == (_ROOT / _RUNTIME).read_text():
        return sys.executable
    _run(sys.executable, "-m", "venv", str(environment))
    python = str(environment / "bin" / "python")
    _run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(tree / _RUNTIME))
    return python


def _run(*command: str) -> None:
    subprocess.run(command, cwd=_ROOT, check=True, capture_output=True, text=True)
