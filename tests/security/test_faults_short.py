"""Three rows of `make faults`: a process, a connection and a file that break. `make acceptance ARGS=faults` runs nine, and
docs/reliability.md has the whole table.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = ("kill-worker", "lost-commit-reply", "kill-on-sqlite")


@pytest.mark.servers
def test_faults_break_no_invariant(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "faults/run.py"), "--short", *ROWS],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 rows, 0 invariants broken" in done.stdout
