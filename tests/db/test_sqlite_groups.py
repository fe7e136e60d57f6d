"""Transactions on SQLite that wait together are committed together, and stay transactions of their own otherwise."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import closing
from typing import Any

import pytest

from vestibule.db import sqlite
from vestibule.db.sqlite import SqliteEngine
from vestibule.db.sqlite_groups import MOST_MEMBERS
from vestibule.db.url import parse
from vestibule.domain.errors import AlreadyExists, DatabaseUnavailable

ADD = "INSERT INTO roles (name, created_at) VALUES ($1, 1)"


class Broken(Exception):
    """What undoes a transaction."""


class Roles:
    """An engine, and what another process would read in its file."""

    def __init__(self, engine: SqliteEngine, path: str) -> None:
        self.engine = engine
        self._path = path
        self.statements: list[str] = []

    async def add(self, name: str, *, gate: asyncio.Event | None = None, error: BaseException | None = None) -> None:
        """Add a role in a transaction that goes on when `gate` is set, and ends with `error`."""
        async with self.engine.transaction() as connection:
            await connection.run(ADD, name)
            if gate is not None:
                await gate.wait()
            if error is not None:
                raise error

    async def begin(self, name: str) -> tuple["asyncio.Task[None]", asyncio.Event]:
        """Start a transaction, and return when it has written."""
        gate = asyncio.Event()
        task = asyncio.create_task(self.add(name, gate=gate))
        await self.written(name)
        return task, gate

    async def written(self, name: str) -> None:
        """Return when a transaction has written this role; it need not be committed."""
        while not any(f"'{name}'" in statement for statement in self.statements):
            await asyncio.sleep(0)

    async def start(self, *names: str, **how: Any) -> list["asyncio.Task[None]"]:
        """Start transactions, and return when they wait."""
        waiting = self.engine.writers_waiting + len(names)
        tasks = [asyncio.create_task(self.add(name, **how)) for name in names]
        while self.engine.writers_waiting < waiting:
            await asyncio.sleep(0)
        return tasks

    def commits(self) -> int:
        return self.statements.count("COMMIT")

    def stored(self) -> set[str]:
        with closing(sqlite3.connect(self._path)) as other:
            return {name for (name,) in other.execute("SELECT name FROM roles")}


@pytest.fixture
async def roles(sqlite_url: str) -> AsyncIterator[Roles]:
    path = parse(sqlite_url).path
    engine = SqliteEngine(path)
    await engine.open()
    roles = Roles(engine, str(path))
    await engine.on_writer(lambda connection: connection.set_trace_callback(roles.statements.append))
    yield roles
    await engine.close()


class TestTogether:
    async def test_what_waits_together_is_committed_once(self, roles):
        names = [f"role{n}" for n in range(20)]
        first, gate = await roles.begin("first")
        others = await roles.start(*names)
        gate.set()
        await asyncio.gather(first, *others)
        assert roles.commits() == 1
        assert roles.stored() == {"first", *names}

    async def test_a_group_is_bounded(self, roles):
        first, gate = await roles.begin("first")
        others = await roles.start(*(f"role{n}" for n in range(MOST_MEMBERS)))
        gate.set()
        await asyncio.gather(first, *others)
        assert roles.commits() == 2
        assert len(roles.stored()) == 1 + MOST_MEMBERS

    async def test_alone_it_is_committed_at_once(self, roles):
        await roles.add("one")
        assert (roles.commits(), roles.stored()) == (1, {"one"})
        await roles.add("two")
        assert (roles.commits(), roles.stored()) == (2, {"one", "two"})

    async def test_none_is_answered_before_the_commit(self, roles):
        first, gate = await roles.begin("first")
        (second,) = await roles.start("second", gate=(gate_of_second := asyncio.Event()))
        gate.set()
        await roles.written("second")
        assert (first.done(), roles.commits(), roles.stored()) == (False, 0, set())
        gate_of_second.set()
        await asyncio.gather(first, second)
        assert roles.stored() == {"first", "second"}

    async def test_each_sees_what_those_before_it_wrote(self, roles):
        first, gate = await roles.begin("same")
        second, third = await roles.start("same", "other")
        gate.set()
        with pytest.raises(AlreadyExists):
            await second
        await asyncio.gather(first, third)
        assert roles.stored() == {"same", "other"}

    async def test_a_long_one_lets_other_requests_go_on(self, roles):
        rounds = 0

        async def go_on() -> None:
            nonlocal rounds
            while True:
                rounds += 1
                await asyncio.sleep(0)

        async with roles.engine.transaction() as connection:
            other = asyncio.create_task(go_on())
            for number in range(320):
                await connection.run(ADD, f"role{number}")
            assert rounds >= 10
            other.cancel()


class TestFailures:
    async def fails_alone(self, roles: Roles, culprit: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A group whose second member is the culprit is not written, and the next group is."""
        first, gate = await roles.begin("first")
        second = asyncio.create_task(culprit())
        (third,) = await roles.start("third")
        gate.set()
        answers = await asyncio.gather(first, second, return_exceptions=True)
        assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 2
        await third
        assert roles.stored() == {"third"}

    async def test_one_that_raises_is_undone_alone(self, roles):
        first, gate = await roles.begin("first")
        (failing,) = await roles.start("failing", error=Broken())
        (third,) = await roles.start("third")
        gate.set()
        with pytest.raises(Broken):
            await failing
        await asyncio.gather(first, third)
        assert (roles.commits(), roles.stored()) == (1, {"first", "third"})

    async def test_a_commit_that_fails_is_everybodys_failure(self, roles):
        async def leave_a_row_without_its_user() -> None:
            async with roles.engine.transaction() as connection:
                await connection.run("PRAGMA defer_foreign_keys = ON")
                await connection.run("INSERT INTO user_roles (user_id, role, granted_at) VALUES ('nobody', 'first', 1)")

        first, gate = await roles.begin("first")
        culprit = asyncio.create_task(leave_a_row_without_its_user())
        (failing,) = await roles.start("failing", error=Broken())
        gate.set()
        answers = await asyncio.gather(first, culprit, failing, return_exceptions=True)
        assert [type(answer) for answer in answers] == [sqlite3.IntegrityError] * 3
        assert roles.stored() == set()
        await roles.add("after")
        assert roles.stored() == {"after"}

    async def test_nothing_is_written_after_sqlite_has_rolled_back(self, roles):
        """As it does when the disk is full. What follows would be committed statement by statement."""

        async def go_on_after_the_rollback() -> None:
            async with roles.engine.transaction() as connection:
                with pytest.raises(AlreadyExists):
                    await connection.run(ADD.replace("INSERT", "INSERT OR ROLLBACK"), "first")
                with pytest.raises(DatabaseUnavailable):
                    await connection.run(ADD, "ghost")

        await self.fails_alone(roles, go_on_after_the_rollback)

    async def test_a_savepoint_that_is_gone_fails_the_group_and_no_other(self, roles):
        async def end_the_savepoint() -> None:
            async with roles.engine.transaction() as connection:
                await connection.run("RELEASE member")

        await self.fails_alone(roles, end_the_savepoint)

    async def test_a_file_that_stays_locked_fails_those_that_waited_for_it(self, sqlite_url, monkeypatch):
        monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 50)
        path = parse(sqlite_url).path
        engine = SqliteEngine(path)
        await engine.open()
        roles = Roles(engine, str(path))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            answers = await asyncio.gather(*(roles.add(f"role{n}") for n in range(3)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [DatabaseUnavailable] * 3
        await roles.add("after")
        assert roles.stored() == {"after"}
        await engine.close()


class TestCancelled:
    async def test_while_it_waits(self, roles):
        first, gate = await roles.begin("first")
        gone, stays = await roles.start("gone", "stays")
        gone.cancel()
        gate.set()
        await asyncio.gather(first, stays)
        assert gone.cancelled()
        assert roles.stored() == {"first", "stays"}

    async def test_as_it_is_admitted(self, roles):
        first, gate = await roles.begin("first")
        gone, stays = await roles.start("gone", "stays")
        gate.set()
        # The first one leaves in the next round of the loop, which admits the second; that one is cancelled before its
        # own next step.
        while roles.engine.writers_waiting == 2:
            await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(first, stays)
        assert gone.cancelled()
        assert roles.stored() == {"first", "stays"}

    async def test_in_the_middle(self, roles):
        first, gate = await roles.begin("first")
        (gone,) = await roles.start("gone", gate=asyncio.Event())
        (stays,) = await roles.start("stays")
        gate.set()
        await roles.written("gone")
        gone.cancel()
        await asyncio.gather(first, stays)
        assert gone.cancelled()
        assert roles.stored() == {"first", "stays"}

    async def test_after_its_last_statement_it_is_committed_all_the_same(self, roles):
        gone, gate = await roles.begin("gone")
        (stays,) = await roles.start("stays", gate=(gate_of_second := asyncio.Event()))
        gate.set()
        await roles.written("stays")
        gone.cancel()
        gate_of_second.set()
        await stays
        assert gone.cancelled()
        assert roles.stored() == {"gone", "stays"}

    async def test_during_a_statement_that_changes_many_rows_it_is_undone_when_that_has_ended(self, roles):
        async def add_many() -> None:
            async with roles.engine.transaction() as connection:
                await gate.wait()
                await connection.run_many(ADD, [("gone",), ("lost",)])

        first, gate = await roles.begin("first")
        gone = asyncio.create_task(add_many())
        (stays,) = await roles.start("stays")
        blocked, thread_is_free = threading.Event(), threading.Event()
        blocking = asyncio.create_task(roles.engine.on_writer(lambda _: (blocked.set(), thread_is_free.wait())))
        while not blocked.is_set():
            await asyncio.sleep(0)
        gate.set()
        while roles.engine._writer._thread._jobs.empty():
            await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        assert not gone.done()
        thread_is_free.set()
        await asyncio.gather(first, stays, blocking)
        assert gone.cancelled()
        assert "INSERT INTO roles (name, created_at) VALUES ('lost', 1)" in roles.statements
        assert roles.stored() == {"first", "stays"}

    async def test_the_only_one_leaves_the_writer_free(self, roles):
        gone, _ = await roles.begin("gone")
        gone.cancel()
        await asyncio.wait([gone])
        await roles.add("after")
        assert roles.stored() == {"after"}
