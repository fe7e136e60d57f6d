"""What operators can get wrong, through every command: a refusal that helps, no traceback, no secret, nothing made."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import asyncpg
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from harness import PASSWORD, SECRET
from programs import pgbouncer
from servers import PRODUCTION, command
from vestibule import bootstrap
from vestibule.cli import app

BASE = {**PRODUCTION, "VESTIBULE_PUBLIC_URL": "http://localhost:8000"}
# One of each group that opens the database, and the two that only read the settings.
OPENING = {
    "serve": ("serve",),
    "dev": ("dev",),
    "db upgrade": ("db", "upgrade"),
    "db downgrade": ("db", "downgrade", "--yes"),
    "db status": ("db", "status"),
    "db backup": ("db", "backup", "copy"),
    "db restore": ("db", "restore", "copy", "--yes"),
    "db restored": ("db", "restored"),
    "info": ("info",),
    "users": ("users", "list"),
    "clients": ("clients", "list"),
    "api-keys": ("api-keys", "list", "--client", "orders"),
    "keys": ("keys", "list"),
    "secrets": ("secrets", "rotate"),
}
PRINTING = {"proxy": ("proxy", "nginx", "--host", "app.localhost"), "flows": ("flows", "check")}
EVERY = {**OPENING, **PRINTING}

BAD_ADDRESSES = {
    **{f"a password with {sign!r}": f"postgresql://u:hocus{sign}pocus@127.0.0.1:9/x" for sign in "#/?[]@% "},
    "a driver": "postgresql+asyncpg://u:hocuspocus@127.0.0.1:9/x",
    "another database": "mysql://u:hocuspocus@127.0.0.1:9/x",
    "no scheme": "hocuspocus",
    "keywords": "host=127.0.0.1 password=hocuspocus",
    "a driver of SQLite": "sqlite+aiosqlite:///x.db",
    "memory": "sqlite://",
    "Neon's": "postgresql://u:hocuspocus@127.0.0.1:9/x?sslmode=require&channel_binding=require",
    "Prisma's": "postgresql://u:hocuspocus@127.0.0.1:9/x?pgbouncer=true",
    "a schema": "postgresql://u:hocuspocus@127.0.0.1:9/x?schema=auth",
    "options": "postgresql://u:hocuspocus@127.0.0.1:9/x?options=-csearch_path%3Dauth",
    "an sslmode": "postgresql://u:hocuspocus@127.0.0.1:9/x?sslmode=hocuspocus",
    "a password in a parameter": "postgresql://127.0.0.1:9/x?user=u&password=hocuspocus&sslpassword=hocuspocus",
    "a port": "postgresql://u:hocuspocus@127.0.0.1:nine/x",
    "no host": "postgresql://u:hocuspocus",
}  # fmt: skip

OUT_OF_REACH = {
    "a closed port": "postgresql://u:hocuspocus@127.0.0.1:9/x",
    "several": "postgresql://u:hocuspocus@127.0.0.1:9,[::1]:9/x",
    "a socket": "postgresql://u:hocuspocus@/x?host=/nowhere",
    "certificates": "postgresql://u:hocuspocus@127.0.0.1:9/x?sslmode=verify-full&sslrootcert=/nowhere.pem",
    "a password in a parameter": "PostgreSQL:///x?host=127.0.0.1&port=9&user=u&password=hocuspocus",
}

WRONG_VALUES = {
    "VESTIBULE_PUBLIC_URL": (
        "https://u:hocuspocus@id.example.com",
        "https://id.example.com:99999",
        "http://[::1",
        "x",
    ),
    "VESTIBULE_BREACHED_FILTER": ("missing", "/dev/null", "/etc/hostname"),
    "VESTIBULE_SECRET_KEY_FILE": ("missing", "/proc", "."),
    "VESTIBULE_FORWARD_AUTH": ("app.example", "/* signed-in", "a..b/* signed-in"),
    "VESTIBULE_WORKERS": ("0", "many"),
    "VESTIBULE_HOST": ("a..b", "192.0.2.1", "x" * 64),
    "VESTIBULE_PORT": ("0", "65536", "http"),
    "VESTIBULE_DATABASE_POOL_SIZE": ("1", "x"),
    "VESTIBULE_TRUSTED_PROXIES": ("10.0.0.0/33", "x"),
    "VESTIBULE_LOGIN_METHODS": ("fax", "totp"),
    "VESTIBULE_NONSENSE": ("x",),
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs one command in this process, in an empty folder, with these variables alone."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.chdir(place)

    def run(*arguments: str, typed: str = "", **environment: str):
        with patch.dict(os.environ, {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **environment}, clear=True):
            return CliRunner().invoke(app, arguments, input=typed)

    return run


def made(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def refused(result, *shown: str, hidden: tuple[str, ...] = ("hocus", "pocus")) -> str:
    """Whether it ended as a refusal that helps; what it said."""
    said = result.stdout + result.stderr
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert result.exit_code == 1, said
    for word in ("got:", "expected:", "fix:", *shown):
        assert word in result.stderr, said
    for word in ("Traceback", *hidden, SECRET, PRODUCTION["VESTIBULE_RESEND_API_KEY"]):
        assert word not in said
    return said


class TestAddressesOfDatabases:
    @pytest.mark.parametrize("address", BAD_ADDRESSES)
    @pytest.mark.parametrize("name", EVERY)
    def test_are_refused_by_every_command(self, run, name, address):
        refused(run(*EVERY[name], **BASE, VESTIBULE_DATABASE_URL=BAD_ADDRESSES[address]), "VESTIBULE_DATABASE_URL")
        assert made() == (["data"] if name == "dev" else [])

    @pytest.mark.parametrize("address", BAD_ADDRESSES)
    @pytest.mark.parametrize("setting", ["VESTIBULE_DATABASE_DIRECT_URL", "DATABASE_URL"])
    def test_wherever_they_are_set(self, run, setting, address):
        given = {**BASE, "VESTIBULE_DATABASE_URL": "postgresql://127.0.0.1:9/x", setting: BAD_ADDRESSES[address]}
        if setting == "DATABASE_URL":
            del given["VESTIBULE_DATABASE_URL"]
        refused(run("serve", **given), "DATABASE")

    @pytest.mark.parametrize("address", OUT_OF_REACH)
    @pytest.mark.parametrize("name", OPENING)
    def test_that_lead_nowhere_are_said_without_the_password(self, run, name, address):
        Path("copy").touch() if name == "db restore" else None
        refused(run(*OPENING[name], **BASE, VESTIBULE_DATABASE_URL=OUT_OF_REACH[address]))

    def test_real_processes_say_the_same(self, tmp_path):
        environment = {**BASE, "VESTIBULE_DATABASE_URL": "postgresql://u:hocus#pocus@127.0.0.1:9/x"}
        for arguments in (("serve",), ("db", "restore", "copy", "--yes"), ("info",)):
            found = command(*arguments, folder=tmp_path, **environment)
            assert (found.returncode, "Traceback" in found.stderr, "pocus" in found.stderr) == (1, False, False)
            assert found.stderr.count("got:") == found.stderr.count("fix:") == 1


class TestServersOfPostgreSQL:
    @staticmethod
    def _statement(address: str, *statements: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(address)
            for statement in statements:
                await connection.execute(statement)
            await connection.close()

        asyncio.run(execute())

    @pytest.fixture
    def latin1(self, postgres_templates):
        address = postgres_templates.address("postgres")
        options = "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        name = f"vestibule_latin_{os.getpid()}"
        self._statement(address, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} {options}")
        yield postgres_templates.address(name)
        postgres_templates.drop(postgres_templates.address(name))

    @pytest.mark.parametrize("name", [*OPENING, "serve --migrate"])
    def test_an_encoding_that_cannot_hold_every_name_is_refused(self, run, latin1, name):
        words = {**OPENING, "serve --migrate": ("serve", "--migrate")}[name]
        result = run(*words, **BASE, VESTIBULE_DATABASE_URL=latin1)
        if name in {"db backup", "db restore"}:
            refused(result)  # there is no copy, and nothing to copy
        else:
            refused(result, "LATIN1", "ENCODING 'UTF8'")

    @pytest.fixture
    def guest(self, postgres_templates):
        """A user who may connect, and not make anything: what PostgreSQL 15 gives."""
        name = f"vestibule_guest_{os.getpid()}"
        database = f"{name}_db"
        admin = postgres_templates.address("postgres")
        self._statement(admin, f"CREATE ROLE {name} LOGIN PASSWORD 'hocuspocus'", f"CREATE DATABASE {database}")
        self._statement(postgres_templates.address(database), "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        query = postgres_templates.address(database).partition("?")[2]
        yield f"postgresql://{name}:hocuspocus@/{database}?{query}"
        postgres_templates.drop(postgres_templates.address(database))
        self._statement(admin, f"DROP ROLE {name}")

    @pytest.mark.parametrize("schema", ["public", "one_of_its_own"])
    @pytest.mark.parametrize("words", [("db", "upgrade"), ("serve", "--migrate"), ("dev",)])
    def test_a_role_without_rights_is_told_which(self, run, guest, schema, words):
        result = run(*words, **BASE, VESTIBULE_DATABASE_URL=guest, VESTIBULE_DATABASE_SCHEMA=schema)
        refused(result, "permission denied", "GRANT CREATE")

    def test_a_pooler_without_the_direct_address_is_named(self, run, postgres_url, tmp_path):
        with pgbouncer(tmp_path, postgres_url) as pooled:
            for name in ("serve", "info", "users"):
                refused(run(*OPENING[name], **BASE, VESTIBULE_DATABASE_URL=pooled), "VESTIBULE_DATABASE_DIRECT_URL")

    def test_a_database_that_is_missing_is_named(self, run, postgres_templates):
        address = postgres_templates.address("vestibule_missing")
        for name, words in OPENING.items():
            if name not in {"db backup", "db restore"}:
                refused(run(*words, **BASE, VESTIBULE_DATABASE_URL=address), "CREATE DATABASE")

    def test_tables_of_another_application_are_left_alone(self, run, postgres_templates):
        name = f"vestibule_other_{os.getpid()}"
        self._statement(postgres_templates.address("postgres"), f"CREATE DATABASE {name}")
        address = postgres_templates.address(name)
        self._statement(address, "CREATE TABLE users (id integer)")
        refused(run("db", "upgrade", **BASE, VESTIBULE_DATABASE_URL=address), "VESTIBULE_DATABASE_SCHEMA")
        postgres_templates.drop(address)

    def test_a_revision_that_is_unknown_is_refused(self, run, database_url):
        given = {**BASE, "VESTIBULE_DATABASE_URL": database_url}
        refused(run("db", "downgrade", "nonsense", "--yes", **given), "nonsense")

    @pytest.mark.parametrize("spelling", ["POSTGRESQL://{rest}", "postgres://{rest}"])
    def test_one_address_serves_server_migrations_and_copies_alike(self, run, postgres_url, spelling):
        address = spelling.format(rest=postgres_url.partition("://")[2])
        given = {**BASE, "VESTIBULE_DATABASE_URL": address}
        for words in (("db", "upgrade"), ("db", "status"), ("users", "list")):
            result = run(*words, **given)
            assert result.exit_code == 0, result.stderr


# Names of folders that mean something else in an address.
ODD_NAMES = ("a#b", "a?b", "a?mode=ro", "a%b", "a%20b", "a b", "ü", "a;b", "a'b", 'a"b', "a&b=c", "a:b", "a\\b", "a@b")


class TestFolders:
    @pytest.mark.parametrize("name", ODD_NAMES)
    def test_whatever_a_folder_is_called_the_database_is_inside(self, run, name):
        given = {**BASE, "VESTIBULE_DATA_DIR": name}
        for words in (
            ("db", "upgrade"), ("db", "status"), ("users", "list"), ("db", "backup", f"{name}/copy"),
            ("db", "restore", f"{name}/copy", "--yes"), ("info",), ("db", "downgrade", "--yes"),
        ):  # fmt: skip
            result = run(*words, **given)
            assert result.exit_code == 0, (words, result.stderr, result.exception)
        assert made() == [name]
        turns = ["vestibule.db-next", "vestibule.db-turn"]
        assert made(name) == ["copy", "vestibule.db", *turns, "vestibule.db.before-restore"]

    @pytest.mark.parametrize("folder", ["file", "file/below", "/proc/vestibule", "/dev/null"])
    @pytest.mark.parametrize("name", [*OPENING, "serve --migrate"])
    def test_one_that_cannot_be_is_refused(self, run, folder, name):
        Path("file").write_text("x")
        words = {**OPENING, "serve --migrate": ("serve", "--migrate")}[name]
        result = run(*words, **BASE, VESTIBULE_DATA_DIR=folder)
        assert Path("file").read_text() == "x"
        if name == "db downgrade":
            assert result.exit_code == 0  # there is nothing to take back
        else:
            refused(result)

    @pytest.mark.parametrize("words", [("db", "upgrade"), ("serve", "--migrate"), ("info",), ("db", "backup", "copy")])
    @pytest.mark.parametrize("content", [b"no database at all, but long enough to be read as a page of one" * 99, b""])
    def test_a_file_that_is_no_database_is_refused(self, run, words, content):
        Path("x.db").write_bytes(content)
        if content or words not in {("db", "upgrade"), ("serve", "--migrate")}:
            refused(run(*words, **BASE, VESTIBULE_DATABASE_URL="sqlite:///x.db"))
        assert content == b"" or Path("x.db").read_bytes() == content

    def test_a_folder_in_place_of_the_file_is_refused(self, run):
        Path("x.db").mkdir()
        for words in OPENING.values():
            refused(run(*words, **BASE, VESTIBULE_DATABASE_URL="sqlite:///x.db"))

    def test_a_copy_goes_back_into_a_folder_that_is_gone(self, run, sqlite_url):
        assert run("db", "backup", "copy", **BASE, VESTIBULE_DATABASE_URL=sqlite_url).exit_code == 0
        given = {**BASE, "VESTIBULE_DATA_DIR": "new/data"}
        result = run("db", "restore", "copy", "--yes", **given)
        assert result.exit_code == 0, result.stderr
        assert run("users", "list", **given).exit_code == 0

    def test_a_copy_goes_back_over_a_damaged_database(self, run, sqlite_url):
        assert run("db", "backup", "copy", **BASE, VESTIBULE_DATABASE_URL=sqlite_url).exit_code == 0
        Path("x.db").write_bytes(b"damaged" * 999)
        given = {**BASE, "VESTIBULE_DATABASE_URL": "sqlite:///x.db"}
        assert run("db", "restore", "copy", "--yes", **given).exit_code == 0
        assert run("users", "list", **given).exit_code == 0

    @pytest.mark.parametrize("target", ["missing/copy", "file/copy", "/proc/copy", "file", "."])
    def test_a_copy_that_cannot_be_written_is_said(self, run, sqlite_url, target):
        Path("file").touch()
        refused(run("db", "backup", target, **BASE, VESTIBULE_DATABASE_URL=sqlite_url))
        assert made() == ["file"]

    @pytest.mark.parametrize("kind", ["missing", "a folder", "nothing inside", "nonsense", "without a revision"])
    def test_what_is_no_copy_is_not_put_back(self, run, database_url, kind):
        {"a folder": Path("copy").mkdir, "nothing inside": Path("copy").touch}.get(kind, lambda: None)()
        if kind == "nonsense":
            Path("copy").write_bytes(b"nonsense" * 999)
        if kind == "without a revision":
            with sqlite3.connect("copy") as connection:
                connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
            connection.close()
        given = {**BASE, "VESTIBULE_DATABASE_URL": database_url}
        refused(run("db", "restore", "copy", "--yes", **given))
        assert run("users", "list", **given).exit_code == 0


class TestOtherSettings:
    @pytest.mark.parametrize(
        ("name", "value"), [(name, value) for name, values in WRONG_VALUES.items() for value in values]
    )
    @pytest.mark.parametrize("words", [("serve",), ("info",), ("flows", "check"), ("users", "list")])
    def test_are_said_and_not_shown(self, run, sqlite_url, name, value, words):
        given = {**BASE, "VESTIBULE_DATABASE_URL": sqlite_url, name: value}
        if name.endswith("_FILE"):
            del given["VESTIBULE_SECRET_KEY"]
        result = run(*words, **given)
        if name == "VESTIBULE_HOST" and words != ("serve",):
            assert result.exit_code == 0, result.stderr
        else:
            refused(result)

    @pytest.mark.parametrize("option", [("--host", "a..b"), ("--port", "65536"), ("--public-url", "http://a:b")])
    def test_options_of_dev_too(self, run, option):
        refused(run("dev", *option))

    @pytest.mark.parametrize(
        "more",
        [("--host", "a b"), ("--host", "https://app.example"), ("--upstream", "http://[x"), ("--upstream", "http://a:99999"),
         ("--upstream", "http://u:hocuspocus@a"), ("--upstream", "https://a"), ("--upstream", "http://a/path"),
         ("--vestibule", "http://a:x"), ("--vestibule", "a"), ("--out", "file"), ("--out", "/proc/x")],
    )  # fmt: skip
    def test_options_of_the_proxy_too(self, run, more):
        Path("file").touch()
        words = ("proxy", "nginx", *(() if more[0] == "--host" else ("--host", "app.localhost")))
        refused(run(*words, *more, **BASE))

    def test_a_filter_that_cannot_be_written_is_said(self, run):
        Path("list").write_text("password\n")
        refused(run("passwords", "build-filter", "list", "missing/filter"))
        refused(run("passwords", "build-filter", "/proc", "filter"))

    def test_bytes_that_are_no_text_are_refused(self, tmp_path, database_url):
        found = subprocess.run(
            [sys.executable, "-m", "vestibule", "users", "show", b"\xff\xfe"],
            cwd=tmp_path, env={"PATH": os.environ["PATH"], **BASE, "VESTIBULE_DATABASE_URL": database_url},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert found.returncode == 1
        assert "Traceback" not in found.stderr
        assert "fix:" in found.stderr


class TestBesideADevelopmentServer:
    @pytest.fixture
    def folder(self, run, tmp_path) -> Path:
        """What `vestibule dev` leaves: its secret, and a migrated database."""
        folder = tmp_path / "elsewhere"
        bootstrap.development_secret(folder)
        assert run("db", "upgrade", VESTIBULE_DATA_DIR=str(folder)).exit_code == 0
        return folder

    def _create(self, run, *more: str, **environment: str):
        words = ("users", "create", "--username", "alice", "--email", "alice@example.com", "--password-stdin")
        return run(*words, *more, typed=PASSWORD + "\n", **environment)

    def test_the_folder_comes_from_the_environment_or_an_option(self, run, folder):
        assert self._create(run, VESTIBULE_DATA_DIR=str(folder)).exit_code == 0
        for listed in (
            run("users", "list", VESTIBULE_DATA_DIR=str(folder)),
            run("users", "list", "--data-dir", str(folder)),
            run("users", "list", "--data-dir", str(folder), VESTIBULE_DATA_DIR="another"),
            run("users", "list", "--data-dir", str(folder), "--public-url", "http://id.example.localhost:9000"),
        ):
            assert "alice@example.com" in listed.stdout, listed.stderr
        assert made() == []

    def test_the_database_too(self, run, folder, sqlite_url):
        assert self._create(run, "--data-dir", str(folder), "--database-url", sqlite_url).exit_code == 0
        listed = run("users", "list", "--data-dir", str(folder), VESTIBULE_DATABASE_URL=sqlite_url)
        assert "alice@example.com" in listed.stdout
        assert "alice@example.com" not in run("users", "list", "--data-dir", str(folder)).stdout

    @pytest.mark.parametrize(
        ("environment", "options", "expected"),
        [
            ({}, (), ("http://localhost:8000", 8000)),
            (
                {"VESTIBULE_PUBLIC_URL": "http://id.example.localhost:9000"},
                (),
                ("http://id.example.localhost:9000", 9000),
            ),
            ({"PORT": "9001"}, (), ("http://localhost:9001", 9001)),
            ({"VESTIBULE_PORT": "tcp://10.0.0.1:8000", "PORT": "9001"}, (), ("http://localhost:9001", 9001)),
            ({}, ("--public-url", "http://b.localhost:9002"), ("http://b.localhost:9002", 9002)),
            ({"VESTIBULE_PUBLIC_URL": "http://c.localhost"}, ("--port", "9003"), ("http://c.localhost", 9003)),
            ({}, ("--port", "9004"), ("http://localhost:9004", 9004)),
        ],
    )
    def test_the_public_address_is_the_one_of_dev(self, run, folder, environment, options, expected):
        result = run("info", "--json", "--data-dir", str(folder), *options, **environment)
        assert result.exit_code == 0, result.stderr
        server = json.loads(result.stdout)["settings"]["server"]
        assert (server["public_url"], server["port"], server["environment"]) == (*expected, "development")

    def test_the_documented_trial_prints_the_block(self, run):
        trial = {
            "VESTIBULE_FORWARD_AUTH": "app.example.localhost/* signed-in",
            "VESTIBULE_FORWARD_AUTH_DOMAIN": "example.localhost",
        }
        words = (
            "proxy",
            "nginx",
            "--host",
            "app.example.localhost",
            "--public-url",
            "http://id.example.localhost:8000",
        )
        for result in (
            run(*words, **trial),
            run(*words[:-2], **trial, VESTIBULE_PUBLIC_URL="http://id.example.localhost:8000"),
        ):
            assert result.exit_code == 0, result.stderr
            assert "server_name app.example.localhost" in result.stdout
            assert "Set " not in result.stderr
        assert made() == []

    @pytest.mark.parametrize("name", [name for name in OPENING if name not in {"serve", "dev"}])
    def test_without_one_nothing_is_made(self, run, name):
        said = refused(run(*OPENING[name]), "--data-dir")
        assert "VESTIBULE_DATA_DIR" in said
        assert made() == []

    @pytest.mark.parametrize("name", [name for name in OPENING if name not in {"dev", "db upgrade", "db restore"}])
    def test_without_a_database_none_is_made(self, run, name):
        result = run(*OPENING[name], **BASE)
        assert result.exit_code == (0 if name == "db downgrade" else 1)
        assert made() == []

    def test_every_command_about_an_installation_takes_what_dev_takes(self):
        def commands(group, path=()):
            for name in group.list_commands(None) if hasattr(group, "commands") else ():
                yield from commands(group.get_command(None, name), (*path, name))
            if not hasattr(group, "commands"):
                yield " ".join(path), {option for parameter in group.params for option in parameter.opts}

        found = dict(commands(get_command(app)))
        apart = {"openapi", "secrets new", "passwords build-filter"}
        assert set(found) > apart
        for name, options in found.items():
            if name not in apart:
                assert {"--data-dir", "--database-url", "--public-url", "--port"} <= options, name
