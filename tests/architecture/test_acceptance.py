"""`make acceptance` and `make test-under-load` record what they found, and `make check` prints how old that is."""

import re
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import results
import under_load

ROOT = results.ROOT
TOOLS = ROOT / "tools"

REPORT = """<testsuites><testsuite name="pytest">
<testcase classname="install.TestFromAServer" name="test_python[fastapi]" time="18.6"/>
<testcase classname="a" name="test_one" time="1"/>
<testcase classname="a" name="test_two" time="1"><failure message="no"/></testcase>
<testcase classname="a" name="test_one" time="0"><error message="after it"/></testcase>
</testsuite></testsuites>"""


class TestAges:
    def test_count_from_the_day_that_the_page_names(self, tmp_path):
        before = date(*time.gmtime()[:3]) - timedelta(days=3)
        (tmp_path / "install.md").write_text(
            f"# Install\n\n`make acceptance ARGS=install`, {before}, at 82d5a43 and x.\n"
        )
        assert results.age("install", "make it", tmp_path) == f"install: 3 days ago ({before}, at 82d5a43)"

    def test_what_never_ran_says_how_it_does(self, tmp_path):
        assert results.age("install", "make it", tmp_path) == "install: never ran here; write `make it`"

    def test_are_printed_for_every_script_by_make_check(self):
        command = [sys.executable, "tools/acceptance.py", "--ages"]
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        names = {path.stem.removeprefix("test_") for path in (ROOT / "acceptance").glob("test_*.py")}
        assert {line.partition(":")[0] for line in printed.splitlines()} == names | {"under-load"}
        check = re.search(r"^check:.*\n(\t.*\n)+", (ROOT / "Makefile").read_text(), re.MULTILINE)[0]
        assert "tools/acceptance.py --ages" in check

    @pytest.mark.parametrize("page", sorted(results.PAGES.glob("*.md")), ids=lambda page: page.stem)
    def test_every_page_says_when_and_at_which_commit_it_was_written(self, page):
        assert "never ran" not in results.age(page.stem, "")


class TestAcceptance:
    @pytest.mark.parametrize("given", [[], ["no-such-thing"], ["install", "more"]])
    def test_an_unknown_name_is_refused_with_the_names_there_are(self, given):
        done = subprocess.run(
            [sys.executable, "tools/acceptance.py", *given], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "expected one of: faults, install" in done.stderr

    def test_a_row_says_test_result_and_seconds(self):
        passed, _, failed, _ = ET.fromstring(REPORT).iter("testcase")
        assert results.row_of(passed) == "| from a server: python (fastapi) | passed | 19 |\n"
        assert results.row_of(failed) == "| two | failure | 1 |\n"


class TestUnderLoad:
    def test_every_core_is_busy_until_the_end(self):
        with under_load.busy(2) as spinning:
            assert [process.poll() for process in spinning] == [None, None]
        assert None not in [process.poll() for process in spinning]

    def test_the_load_ends_when_its_starter_is_killed(self):
        # With `os._exit` nothing is tidied up. The load shares the starter's output: run() returns when both have ended.
        start = "import os, under_load\nwith under_load.busy(1):\n    os._exit(9)"
        done = subprocess.run([sys.executable, "-c", start], cwd=TOOLS, stdout=subprocess.PIPE, check=False, timeout=60)
        assert done.returncode == 9

    def test_a_run_counts_each_test_once_and_names_what_failed(self, tmp_path):
        report = tmp_path / "results.xml"
        report.write_text("from the run before")
        write = f"import pathlib; pathlib.Path({str(report)!r}).write_text({REPORT!r}); raise SystemExit(1)"
        one = under_load.once([sys.executable, "-c", write], report)
        assert (one.code, one.passed, one.failed) == (1, 1, ["a.test_one", "a.test_two"])
        assert under_load.table([one]).endswith("| 1 | 1 | 2 | 0 | 0 |\n\n- `a.test_one`\n- `a.test_two`\n")

    def test_a_run_that_stopped_is_no_success(self, tmp_path):
        report = tmp_path / "results.xml"
        report.write_text(REPORT)
        one = under_load.once([sys.executable, "-c", "raise SystemExit(2)"], report)
        assert (one.code, one.passed) == (2, 0)
        assert under_load.table([one]).endswith("| 1 | 0 | stopped with exit code 2 | 0 | 0 |\n")
