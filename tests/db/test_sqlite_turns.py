"""Processes that write one SQLite file take turns, and a process that dies in its turn keeps none waiting."""

import asyncio
import fcntl
import itertools
import multiprocessing
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from vestibule.db import sqlite
from vestibule.db.sqlite import SqliteEngine
from vestibule.db.sqlite_turns import Turns
from vestibule.db.url import parse
from vestibule.domain.errors import DatabaseUnavailable

_CONTEXT = multiprocessing.get_context("spawn")
ADD = "INSERT INTO roles (name, created_at) VALUES ($1, 1)"


def hold_turn(path: Path, taken, over) -> None:
    turns = Turns(path)
    turns.take()
    taken.set()
    over.wait()
    turns.give_back()


class Holder:
    """Another process, in its turn until it is told to end it or is killed."""

    def __init__(self, path: Path) -> None:
        taken, self._over = _CONTEXT.Event(), _CONTEXT.Event()
        self.process = _CONTEXT.Process(target=hold_turn, args=(path, taken, self._over), daemon=True)
        self.process.start()
        taken.wait()

    def end_turn(self) -> None:
        self._over.set()


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return parse(sqlite_url).path


@pytest.fixture
def holder(path: Path) -> Iterator[Holder]:
    holder = Holder(path)
    yield holder
    holder.process.kill()
    holder.process.join()


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[SqliteEngine]:
    engine = SqliteEngine(path)
    await engine.open()
    yield engine
    await engine.close()


@pytest.fixture
async def engine(path: Path) -> AsyncIterator[SqliteEngine]:
    async with opened(path) as engine:
        yield engine


async def add(engine: SqliteEngine, name: str) -> None:
    async with engine.transaction() as connection:
        await connection.run(ADD, name)


def stored(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as other:
        return {name for (name,) in other.execute("SELECT name FROM roles")}


def is_queued(path: Path) -> bool:
    """Whether a process is next in the queue."""
    return _is_locked(path, "-next")


def is_taken(path: Path) -> bool:
    """Whether a process has the turn."""
    return _is_locked(path, "-turn")


def _is_locked(path: Path, suffix: str) -> bool:
    with path.with_name(path.name + suffix).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def queued(path: Path) -> None:
    while not is_queued(path):
        await asyncio.sleep(0)


def write_until_killed(path: Path, acknowledged: Connection) -> None:
    async def write() -> None:
        engine = SqliteEngine(path)
        await engine.open()
        for turn in itertools.count():
            names = [f"role{turn}.{number}" for number in range(5)]
            await asyncio.gather(*(add(engine, name) for name in names))
            acknowledged.send(names)

    asyncio.run(write())


class TestOrder:
    def test_whoever_gives_its_turn_back_cannot_overtake_the_next(self, path):
        order: list[str] = []
        first, second = Turns(path), Turns(path)
        first.take()

        def write() -> None:
            second.take()
            order.append("second")
            second.give_back()

        writing = threading.Thread(target=write)
        writing.start()
        while not is_queued(path):
            pass
        first.give_back()
        first.take()
        order.append("first")
        assert order == ["second", "first"]
        first.close()
        writing.join()
        second.close()

    async def test_a_group_is_one_turn(self, path, engine):
        gate = asyncio.Event()

        async def hold() -> None:
            async with engine.transaction() as connection:
                await connection.run(ADD, "first")
                await gate.wait()

        first = asyncio.create_task(hold())
        second = asyncio.create_task(add(engine, "second"))
        while not engine.writers_waiting or not path.with_name(path.name + "-turn").exists():
            await asyncio.sleep(0)
        while not is_taken(path):
            await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(first, second)
        assert not is_taken(path)
        assert stored(path) == {"first", "second"}

    async def test_a_failed_begin_gives_its_turn_back(self, path, monkeypatch):
        monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
        async with opened(path) as engine:
            with closing(sqlite3.connect(path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(DatabaseUnavailable):
                    await add(engine, "refused")
                while is_taken(path):
                    await asyncio.sleep(0)
            await add(engine, "after")

    def test_everybody_who_may_use_the_database_may_take_turns(self, path):
        path.chmod(0o660)
        turns = Turns(path)
        turns.take()
        turns.close()
        modes = {path.with_name(path.name + suffix).stat().st_mode & 0o777 for suffix in ("-turn", "-next")}
        assert modes == {0o660}


class TestProcesses:
    async def test_a_process_waits_for_the_turn_of_another(self, path, engine, holder):
        waiting = asyncio.create_task(add(engine, "first"))
        await queued(path)
        assert not waiting.done()
        holder.end_turn()
        await waiting
        assert stored(path) == {"first"}

    async def test_a_process_that_is_killed_in_its_turn_frees_it(self, path, engine, holder):
        waiting = asyncio.create_task(add(engine, "first"))
        await queued(path)
        holder.process.kill()
        await waiting
        assert stored(path) == {"first"}

    async def test_a_turn_that_is_not_given_back_is_waited_for_for_a_time(self, path, holder, monkeypatch):
        monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
        async with opened(path) as engine:
            answers = await asyncio.gather(add(engine, "one"), add(engine, "two"), return_exceptions=True)
            assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 2
            # It is still next in the queue; what comes now has a time of its own.
            with pytest.raises(DatabaseUnavailable):
                await add(engine, "three")
            holder.end_turn()
            await add(engine, "four")
            assert stored(path) == {"four"}

    async def test_a_process_ends_while_another_keeps_its_turn(self, path, holder, monkeypatch):
        monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
        async with opened(path) as engine:
            with pytest.raises(DatabaseUnavailable):
                await add(engine, "refused")
        # The thread that was left behind got the turn late, and gave it back.
        holder.end_turn()
        async with opened(path) as another:
            await add(another, "after")
        assert stored(path) == {"after"}

    def test_what_was_acknowledged_outlives_kill_9(self, path):
        ours, theirs = _CONTEXT.Pipe()
        writer = _CONTEXT.Process(target=write_until_killed, args=(path, theirs), daemon=True)
        writer.start()
        acknowledged = set(ours.recv()) | set(ours.recv()) | set(ours.recv())
        writer.kill()
        writer.join()
        while ours.poll():
            acknowledged |= set(ours.recv())
        assert acknowledged <= stored(path)


class TestFiles:
    """What stands in the place of the files of turns."""

    async def test_a_link_is_not_followed(self, path, tmp_path, engine):
        secret = tmp_path / "secret"
        secret.write_text("kept")
        secret.chmod(0o600)
        path.chmod(0o666)
        turn = path.with_name(path.name + "-turn")
        turn.symlink_to(secret)
        with pytest.raises(DatabaseUnavailable):
            await add(engine, "refused")
        assert (secret.read_text(), secret.stat().st_mode & 0o777) == ("kept", 0o600)
        turn.unlink()
        await add(engine, "after")
        assert stored(path) == {"after"}

    async def test_a_folder_is_refused_until_it_is_gone(self, path, engine):
        turn = path.with_name(path.name + "-turn")
        turn.mkdir()
        with pytest.raises(DatabaseUnavailable):
            await add(engine, "refused")
        turn.rmdir()
        await add(engine, "after")
        assert stored(path) == {"after"}
