"""`make trace` shows how requests travel, and the stories in docs/architecture.md tell what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_LINE = re.compile(r"^  ([a-z_]+/[a-z_/]+\.py)  \S+$", re.MULTILINE)
_TOLD = re.compile(r"`([a-z_]+(?:/[a-z_]+)+)\.([A-Za-z_.]+)`")


def traced(*names):
    environ = os.environ | {"PYTHONPATH": f"{ROOT}/tests:{ROOT}/tests/boundary", "VESTIBULE_FAST_PATH": "on"}
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
    shown = traced("session-check-hit")
    printed = (ROOT / "docs/first-hour.md").read_text().partition("```text traced\n")[2].partition("```")[0]
    assert shown.startswith(printed)
    files = _LINE.findall(shown)
    assert files[:3] == ["middleware/upgrades.py", "fastpath/answers.py", "fastpath/session.py"]
    assert not {file for file in files if file.startswith(("controllers/", "repositories/"))}


@pytest.mark.parametrize(
    ("title", "journey"), [("A login", "login"), ("A session check", "session-check-hit"), ("A sign-out", "logout")]
)
def test_a_story_of_the_documents_happens_in_its_order(title, journey):
    story = (ROOT / "docs/architecture.md").read_text().partition(f"\n### {title}\n")[2].partition("\n##")[0]
    told = [f"  {module}.py  {function}" for module, function in _TOLD.findall(story) if function != "py"]
    happens = traced(journey, "--every").splitlines()
    assert len(told) > 6
    assert [call for call in told if call not in happens] == []
    assert told == sorted(told, key=happens.index)
