"""The short faults: processes, databases, connections and upgrades that break under load.

`make faults` runs all rows, with all repetitions, on a quiet machine (docs/reliability.md); these take four minutes.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from run import TABLE

ROOT = Path(__file__).parents[1]
ROWS = [name for name, (_, _, short) in TABLE.items() if short]


@pytest.mark.parametrize("row", ROWS)
def test_breaks_no_invariant(row, tmp_path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "faults/run.py"), "--short", row],
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 rows, 0 invariants broken" in done.stdout
