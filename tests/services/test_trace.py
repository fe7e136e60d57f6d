"""`make trace` shows how requests travel, and the pictures in docs/architecture.md name files that exist."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
_LINE = re.compile(r"^  ([a-z_]+/[a-z_/]+\.py)  \S+$", re.MULTILINE)


def traced(*names):
    environ = os.environ | {"PYTHONPATH": f"{ROOT}/tests:{ROOT}/tests/boundary"}
    command = [sys.executable, "-W", "ignore", str(ROOT / "tools/trace.py"), *names]
    return subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout


def test_every_journey_is_counted():
    lines = traced().splitlines()
    assert len(lines) == 8
    for line in lines:
        files, functions, moves, _ = map(int, re.findall(r"\d+", line))
        assert functions >= files > 10
        assert moves > 0


def test_a_journey_shows_its_files_in_order():
    files = _LINE.findall(traced("session-check-hit"))
    assert files[:3] == ["middleware/upgrades.py", "fastpath/answers.py", "fastpath/session.py"]
    assert not {file for file in files if file.startswith(("controllers/", "repositories/"))}


def test_the_pictures_of_the_documents_name_files_that_exist():
    shown = _LINE.findall((ROOT / "docs/architecture.md").read_text())
    assert len(shown) > 30
    assert [file for file in shown if not (ROOT / "src/vestibule" / file).exists()] == []
