"""A few rows of `make faults`, so that no change breaks them unseen; docs/reliability.md has the whole table."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.servers
def test_faults_break_no_invariant(tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "faults/run.py"), "--short"],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 invariants broken" in done.stdout
