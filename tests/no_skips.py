"""Makes a skipped test fail: a check that silently does not run is taken for one that passes.

There are no exceptions. What a test needs is in the repository or installed by `make test`; what only Linux has is marked
`linux`, and not collected elsewhere. Imported by conftest.py, or loaded by `-p no_skips`.
"""

import sys
from collections.abc import Generator

import pytest

_ADVICE = "This test was skipped, so nothing was tested. Install or add what it needs, and remove the skip."
Report = pytest.TestReport | pytest.CollectReport


def _failed(report: Report) -> None:
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{_ADVICE}\n{report.longrepr}"
        vars(report).pop("wasxfail", None)  # with it, pytest would not count the failure


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that skips itself, is marked so, or is expected to fail."""
    report = yield
    _failed(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that skips itself."""
    report = yield
    _failed(report)
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests of Linux out elsewhere."""
    foreign = [] if sys.platform == "linux" else [item for item in items if item.get_closest_marker("linux")]
    items[:] = [item for item in items if item not in foreign]
    config.hook.pytest_deselected(items=foreign)
