"""Fixtures: every test that asks for `vestibule` runs on SQLite and on PostgreSQL."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import examples
import forked
import promises
from databases import PostgresTemplates, SqliteTemplates
from harness import Vestibule, running
from no_skips import pytest_collection_modifyitems, pytest_make_collect_report, pytest_runtest_makereport
from vestibule.observability import logs

__all__ = ["pytest_collection_modifyitems", "pytest_make_collect_report", "pytest_runtest_makereport"]
logs.configure(json=True, level="error")
# httpx looks for this package at every request; that it is missing is remembered here.
sys.modules.setdefault("sniffio", None)
examples.load_profile()


def pytest_sessionfinish() -> None:
    forked.stop()


@pytest.fixture(autouse=True)
def errors_are_logged_as_json() -> Iterator[None]:
    """A test, or a command that it runs, may set up logging of its own; it ends with the test."""
    yield
    logs.configure(json=True, level="error")


@pytest.fixture(autouse=True)
def nothing_unpromised() -> Iterator[None]:
    """Every error that is answered stands in the OpenAPI document."""
    promises.BROKEN.clear()
    yield
    assert not promises.BROKEN, promises.BROKEN


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplates:
    return SqliteTemplates(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgres_templates() -> Iterator[PostgresTemplates]:
    templates = PostgresTemplates()
    yield templates
    templates.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    templates = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_templates")
    address = templates.fresh()
    yield address
    if request.param == "postgresql":
        templates.drop(address)


@pytest.fixture
def postgres_url(postgres_templates: PostgresTemplates) -> Iterator[str]:
    """For what only PostgreSQL has."""
    address = postgres_templates.fresh()
    yield address
    postgres_templates.drop(address)


@pytest.fixture
def sqlite_url(sqlite_templates: SqliteTemplates) -> str:
    """For what only SQLite has."""
    return sqlite_templates.fresh()


Start = Callable[..., AbstractAsyncContextManager[Vestibule]]


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Start:
    """Starts a system with settings of the test's own: `async with start(REGISTRATION="private") as vestibule`."""
    return lambda **overrides: running(database_url, tmp_path, **overrides)


@pytest.fixture
async def vestibule(start: Start) -> AsyncIterator[Vestibule]:
    async with start() as system:
        yield system
