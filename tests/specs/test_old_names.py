"""Environment variables of the replaced systems: each is named at the start, with what to set instead."""

import json
import os
import re
from pathlib import Path
from unittest.mock import patch

import pytest

from harness import SECRET
from servers import PRODUCTION, command, server
from vestibule import embed, settings
from vestibule.settings import SettingsError
from vestibule.settings.old_names import SUCCESSORS

DOCUMENT = Path(__file__).parents[2] / "docs" / "compatibility.md"
NAMES = (
    "DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME", "DB_FILE", "SCHEMA", "JWT_SECRET", "JWT_REFRESH_SECRET",
    "JWT_ACCESS_SECRET", "JWT_EXPIRES_IN", "FRONTEND_URL", "RESEND_API_KEY", "ALLOWED_ORIGIN",
)  # fmt: skip
# Every variable that says that the successor of a name is set.
SET = {
    **dict.fromkeys(
        ("DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME", "DB_FILE"),
        ("VESTIBULE_DATABASE_URL", "VESTIBULE_DATABASE_URL_FILE", "DATABASE_URL"),
    ),
    **dict.fromkeys(
        ("JWT_SECRET", "JWT_REFRESH_SECRET", "JWT_ACCESS_SECRET"),
        ("VESTIBULE_SECRET_KEY", "VESTIBULE_SECRET_KEY_FILE"),
    ),
    "SCHEMA": ("VESTIBULE_DATABASE_SCHEMA",),
    "JWT_EXPIRES_IN": ("VESTIBULE_SESSION_IDLE", "VESTIBULE_ACCESS_TOKEN_LIFETIME"),
    "FRONTEND_URL": ("VESTIBULE_APP_URL",),
    "RESEND_API_KEY": ("VESTIBULE_RESEND_API_KEY", "VESTIBULE_RESEND_API_KEY_FILE"),
    "ALLOWED_ORIGIN": ("VESTIBULE_CORS_ORIGINS",),
}
SPELLINGS = [(name, spelling) for name, spellings in SET.items() for spelling in spellings]
ENVIRONMENTS = ("production", "development")


@pytest.fixture(autouse=True)
def _place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def advice(kind: str = "production", overrides: dict[str, str] | None = None, **environ: str) -> list[str]:
    with patch.dict(os.environ, environ, clear=True):
        return settings.old_name_advice({"ENV": kind, **(overrides or {})})


def write(**lines: str) -> None:
    """A .env file in the folder of the start."""
    Path(".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))


class TestNames:
    @pytest.mark.parametrize("kind", ENVIRONMENTS)
    @pytest.mark.parametrize("name", NAMES)
    def test_each_has_one_line_that_says_what_to_set_without_its_value(self, name, kind):
        (line,) = advice(kind, **{name: "hocuspocus"})
        assert line.startswith(f"{name} is not read")
        assert "\n" not in line
        assert "hocuspocus" not in line
        assert set(re.findall(r"VESTIBULE_[A-Z_]+", line)) & set(SET[name])

    def test_are_exactly_these(self):
        assert tuple(SUCCESSORS) == NAMES
        others = (
            "DB_HOSTNAME",
            "db_host",
            "JWT",
            "JWT_SECRET_FILE",
            "EMAIL_USER",
            "PORT",
            "DATABASE_HOST",
            "SECRET",
            "NODE_ENV",
        )
        assert advice(**dict.fromkeys(others, "x")) == []

    def test_come_in_the_order_of_the_table_and_once_each(self):
        write(**dict.fromkeys(NAMES, "x"))
        lines = advice("development", **dict.fromkeys(reversed(NAMES), "x"))
        assert [line.split()[0] for line in lines] == list(NAMES)

    @pytest.mark.parametrize(("name", "spelling"), SPELLINGS)
    def test_are_passed_over_once_their_successor_is_set(self, name, spelling):
        assert advice(**{name: "x", spelling: "y"}) == []
        write(**{spelling: "y"})
        assert advice("development", **{name: "x"}) == []
        assert len(advice("production", **{name: "x"})) == 1, "no .env file is read in production"

    @pytest.mark.parametrize(("name", "spelling"), SPELLINGS)
    @pytest.mark.parametrize("nothing", ["", "  "])
    def test_a_successor_set_to_nothing_is_not_set(self, name, spelling, nothing):
        assert len(advice(**{name: "x", spelling: nothing})) == 1

    @pytest.mark.parametrize("name", NAMES)
    def test_of_a_file_are_named_in_development_alone(self, name):
        write(**{name: "hocuspocus"})
        (line,) = advice("development")
        assert line.startswith(f"{name} ")
        assert "hocuspocus" not in line
        assert advice("production") == []

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("value", ["tcp://10.0.0.1:5432", "TCP://[::1]:5432", " tcp://db:1", "", "   "])
    def test_that_are_empty_or_come_from_kubernetes_are_passed_over(self, name, value):
        assert advice(**{name: value}) == []
        write(**{name: value})
        assert advice("development") == []

    def test_the_other_successors_do_not_count(self):
        given = {"DB_HOST": "x", "VESTIBULE_DATABASE_SCHEMA": "y", "VESTIBULE_DATABASE_DIRECT_URL": "z"}
        assert len(advice(**given)) == 1
        assert len(advice(SCHEMA="x", DATABASE_URL="y")) == 1

    @pytest.mark.parametrize("name", ["DB_HOST", "DB_FILE"])
    def test_an_option_counts_as_set(self, name):
        assert advice(overrides={"DATABASE_URL": "sqlite:///x.db"}, **{name: "x"}) == []


class TestDocument:
    def test_says_the_same_about_the_same_names(self):
        section = DOCUMENT.read_text().partition("## Names of settings\n")[2]
        rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
        documented = {name: cell for names, cell in rows for name in re.findall(r"`([A-Z_]+)`", names)}
        assert set(documented) == set(NAMES)
        for name, cell in documented.items():
            assert set(re.findall(r"VESTIBULE_[A-Z_]+", cell)) == set(
                re.findall(r"VESTIBULE_[A-Z_]+", SUCCESSORS[name].advice)
            ), name


class TestStarts:
    OLD = dict.fromkeys(NAMES, "hocuspocus")

    def test_serve_names_them_beside_what_is_missing(self, tmp_path):
        found = command("serve", folder=tmp_path, **self.OLD)
        lines = [line for line in found.stderr.splitlines() if "is not read" in line]
        assert [line.split()[:2] for line in lines] == [["warning:", name] for name in NAMES]
        assert "VESTIBULE_PUBLIC_URL" in found.stderr
        assert "hocuspocus" not in found.stderr + found.stdout

    def test_serve_reads_no_file_and_takes_its_own_options(self, tmp_path):
        write(DB_HOST="x")
        given = {**PRODUCTION, "VESTIBULE_PUBLIC_URL": "http://localhost:8000", "DB_HOST": "hocuspocus"}
        found = command("serve", "--database-url", "sqlite:///missing.db", folder=tmp_path, **given)
        assert found.returncode == 1
        assert "is not read" not in found.stderr
        del given["DB_HOST"]
        assert "is not read" not in command("serve", folder=tmp_path, **given).stderr

    def test_dev_names_those_of_the_file_once_for_all_workers(self, tmp_path):
        write(DB_HOST="hocuspocus", JWT_SECRET="hocuspocus", DB_PORT="tcp://10.0.0.1:5432")
        with server(
            tmp_path, workers=2, FRONTEND_URL="http://localhost:5173", VESTIBULE_ARGON2_MEMORY_KIB="64"
        ) as running:
            pass
        lines = [line for line in running.output if "is not read" in line]
        assert [line.split()[1] for line in lines] == ["DB_HOST", "JWT_SECRET", "FRONTEND_URL"]
        assert "hocuspocus" not in "".join(running.output)

    def test_dev_takes_its_options(self, tmp_path):
        write(DB_FILE="db/dev.db")
        found = command("dev", "--database-url", "mysql://x", folder=tmp_path)
        assert found.returncode == 1
        assert "is not read" not in found.stderr


class TestEmbedded:
    def start(self, values: dict[str, str], **environ: str) -> embed.Embedded:
        with patch.dict(os.environ, environ, clear=True):
            return embed.app(values)

    def test_names_them_in_the_log(self, capsys, tmp_path):
        values = {"ENV": "development", "PUBLIC_URL": "http://localhost:8000/x", "DATA_DIR": str(tmp_path)}
        self.start(values, DB_HOST="hocuspocus", JWT_SECRET="hocuspocus")
        said = capsys.readouterr().err
        assert said.count("is not read") == 2
        assert "hocuspocus" not in said

    def test_says_nothing_about_what_its_values_set(self, capsys):
        values = {
            "PUBLIC_URL": "http://localhost:8000/x", "SECRET_KEY": SECRET, "DATABASE_URL": "sqlite:///x.db",
            "MAIL_TRANSPORT": "resend", "MAIL_FROM": "a@b.io", "RESEND_API_KEY": "re_1",
        }  # fmt: skip
        self.start(values, DB_HOST="x", JWT_SECRET="y", RESEND_API_KEY="z", ALLOWED_ORIGIN="w")
        (line,) = capsys.readouterr().err.splitlines()
        assert json.loads(line)["advice"].startswith("ALLOWED_ORIGIN is not read")

    def test_names_them_in_the_error_of_a_start_that_fails(self):
        with pytest.raises(SettingsError) as caught:
            self.start({}, DB_HOST="hocuspocus")
        (note,) = caught.value.__notes__
        assert note.startswith("DB_HOST is not read")
