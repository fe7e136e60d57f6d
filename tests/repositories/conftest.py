"""A unit of work for each contract, on both engines: one database for all, and a transaction that is rolled back."""

from collections.abc import AsyncIterator, Iterator
from contextlib import nullcontext, suppress

import pytest

from factories import Factory
from fakes import SteppingClock
from repositories.contracts import owner_of
from vestibule.db import url
from vestibule.db.connect import engine_for
from vestibule.db.pool_policy import PoolPolicy
from vestibule.repositories.unit_of_work import Database, UnitOfWork

LEASE = 5_000_000


class _Undone(Exception):
    """Rolls the transaction of a contract back."""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def contract_url(request) -> Iterator[str]:
    templates = request.getfixturevalue(f"{'sqlite' if request.param == 'sqlite' else 'postgres'}_templates")
    address = templates.fresh()
    yield address
    if request.param == "postgresql":
        templates.drop(address)


@pytest.fixture
async def work(contract_url) -> AsyncIterator[UnitOfWork]:
    engine = engine_for(url.parse(contract_url), PoolPolicy(size=2))
    await engine.open()
    with suppress(_Undone):
        async with engine.transaction() as connection:
            yield UnitOfWork(connection)
            raise _Undone
    await engine.close()


@pytest.fixture
def make(work) -> Factory:
    return Factory(lambda: nullcontext(work))


def database_at(address: str) -> Database:
    return Database(engine_for(url.parse(address), PoolPolicy(size=3)), SteppingClock(), LEASE)


async def _opened(address: str) -> AsyncIterator[Database]:
    database = database_at(address)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def database(database_url) -> AsyncIterator[Database]:
    """For what is seen by others: a database of the test's own."""
    async for opened in _opened(database_url):
        yield opened


@pytest.fixture
async def postgres(postgres_url) -> AsyncIterator[Database]:
    """For locks, which on SQLite are the file's."""
    async for opened in _opened(postgres_url):
        yield opened


@pytest.fixture(autouse=True)
def what_a_contract_names_is_called(request, monkeypatch) -> Iterator[None]:
    promised = set(getattr(request.function, "contract", ()))
    called = set()
    for method in promised:

        def counted(*args, _method=method, **options):
            called.add(_method)
            return _method(*args, **options)

        monkeypatch.setattr(owner_of(method), method.__name__, counted)
    yield
    assert called == promised
