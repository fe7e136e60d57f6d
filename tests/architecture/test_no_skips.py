"""A clean clone runs every test: a skip is a failure, in each way in which pytest can skip."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SKIPS = {
    "a mark": "@pytest.mark.skip\ndef test_it(): ...",
    "a condition": "@pytest.mark.skipif(True, reason='no data')\ndef test_it(): ...",
    "a call": "def test_it():\n    pytest.skip('no data')",
    "a module": "pytest.skip('no data', allow_module_level=True)",
    "a missing import": "pytest.importorskip('no_such_module')",
    "a fixture": "@pytest.fixture\ndef data():\n    pytest.skip('no data')\ndef test_it(data): ...",
    "an expected failure": "@pytest.mark.xfail\ndef test_it():\n    assert False",
    "one that is not run": "@pytest.mark.xfail(run=False)\ndef test_it(): ...",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    @unittest.skip('no data')\n    def test_it(self): ...",
}


def outcome(folder: Path, source: str) -> subprocess.CompletedProcess:
    (folder / "test_one.py").write_text(f"import pytest\n{source}\n")
    command = [sys.executable, "-m", "pytest", "-p", "no_skips", "-p", "no:cacheprovider", "test_one.py"]
    environment = {"PYTHONPATH": str(TESTS), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("source", SKIPS.values(), ids=SKIPS)
def test_a_skip_fails_and_says_what_to_do(tmp_path, source):
    done = outcome(tmp_path, source)
    assert done.returncode in {1, 2}, done.stdout
    assert "remove the skip" in done.stdout


def test_what_runs_passes(tmp_path):
    assert outcome(tmp_path, "def test_it(): ...").returncode == 0


@pytest.mark.parametrize("hook", ["pytest_runtest_makereport", "pytest_make_collect_report"])
def test_the_rule_holds_here(pytestconfig, hook):
    assert "no_skips" in {found.function.__module__ for found in getattr(pytestconfig.hook, hook).get_hookimpls()}
