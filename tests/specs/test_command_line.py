"""The command line as operators use it: real processes, on both databases."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from harness import PASSWORD, SECRET
from servers import command, free_port, production, server
from vestibule.crypto import totp
from vestibule.crypto.clock import SystemClock

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]


class TestDev:
    def test_starts_from_nothing_and_a_second_start_changes_nothing(self, tmp_path):
        with server(tmp_path, from_nothing=True) as first:
            greeting = "".join(first.output)
            for shown in (f"{first.url}/", "/dev/mailbox", "/api/openapi.json", "Demo-lition", "password"):
                assert shown in greeting
            body = {"credential": "Demo-lition", "password": "password"}
            tokens = httpx.post(f"{first.url}/api/auth/login", json=body).json()
            secret = (tmp_path / "secret_key").read_text()
            assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
        with server(tmp_path, port=first.port) as second:
            assert (tmp_path / "secret_key").read_text() == secret
            headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
            assert httpx.get(f"{second.url}/api/auth/profile", headers=headers).status_code == 200
            page = httpx.get(f"{second.url}/auth/sign-in")
            assert page.headers["content-type"].startswith("text/html")

    def test_a_body_of_ten_megabytes_gets_its_answer_over_a_real_connection(self, tmp_path):
        headers = {"Content-Type": "application/json"}
        with server(tmp_path) as running:
            for content in (b"x" * 10_000_000, (b"x" * 100_000 for _ in range(100))):
                answer = httpx.post(f"{running.url}/api/auth/login", content=content, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
            assert httpx.get(f"{running.url}/health").status_code == 200

    def test_a_taken_port_is_told_with_its_fix(self, tmp_path):
        with server(tmp_path) as running:
            answer = command("dev", "--port", str(running.port), "--data-dir", str(tmp_path), folder=tmp_path)
        assert answer.returncode == 1
        assert "--port" in answer.stderr
        assert "Traceback" not in answer.stderr


class TestTwoWorkers:
    def test_a_session_ended_through_one_is_refused_by_the_other_at_once(self, database_url, tmp_path):
        arguments = ("dev", "--data-dir", str(tmp_path), "--workers", "2", "--database-url", database_url)
        with server(tmp_path, *arguments, workers=2, VESTIBULE_LIMIT_LOGIN_ADDRESS="1000/1m") as running:
            for _ in range(10):
                body = {"credential": "FakeUser1", "password": "password2"}
                tokens = httpx.post(f"{running.url}/api/auth/login", json=body).json()
                headers = {"Authorization": f"Bearer {tokens['accessToken']}"}

                # A connection of its own each time, so that both workers are met.
                def ask(_, headers=headers) -> int:
                    return httpx.get(f"{running.url}/api/auth/profile", headers=headers).status_code

                assert {ask(n) for n in range(6)} == {200}
                assert httpx.post(f"{running.url}/api/auth/logout", headers=headers).status_code == 200
                with ThreadPoolExecutor(6) as crowd:
                    assert set(crowd.map(ask, range(6))) == {401}

    def test_races_across_processes_have_one_winner(self, database_url, tmp_path):
        arguments = ("dev", "--data-dir", str(tmp_path), "--workers", "2", "--database-url", database_url)
        with server(tmp_path, *arguments, workers=2, VESTIBULE_LIMIT_REGISTRATION="1000/1m") as running:

            def register(number: int) -> int:
                body = {"username": f"user{number:02}", "email": "same@example.com", "password": PASSWORD}
                return httpx.post(f"{running.url}/api/auth/register", json=body, timeout=30).status_code

            with ThreadPoolExecutor(12) as crowd:
                answers = sorted(crowd.map(register, range(12)))
            assert answers == [201] + [409] * 11

    def test_one_code_of_an_app_has_one_winner(self, database_url, tmp_path):
        arguments = ("dev", "--data-dir", str(tmp_path), "--workers", "2", "--database-url", database_url)
        with server(tmp_path, *arguments, workers=2, VESTIBULE_LIMIT_LOGIN_ADDRESS="1000/1m") as running:
            login = {"credential": "FakeUser1", "password": "password2"}
            tokens = httpx.post(f"{running.url}/api/auth/login", json=login).json()
            headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
            begun = httpx.post(f"{running.url}/api/account/totp", headers=headers).json()
            step = totp.step_at(SystemClock().now())
            first = {"code": totp.code_at(begun["secret"], step)}
            path = f"{running.url}/api/account/totp/{begun['ceremony']}"
            assert httpx.post(path, json=first, headers=headers).status_code == 201
            next_code = totp.code_at(begun["secret"], step + 1)
            halves = [httpx.post(f"{running.url}/api/auth/login", json=login).json()["attempt"] for _ in range(8)]

            def finish(half: dict) -> int:
                body = {"method": "totp", "code": next_code, "secret": half["secret"]}
                return httpx.post(f"{running.url}/api/login/{half['id']}/steps", json=body, timeout=30).status_code

            with ThreadPoolExecutor(16) as crowd:
                answers = sorted(crowd.map(finish, halves * 2))
            assert answers.count(200) == 1
            assert max(answers) < 500


class TestFlows:
    def test_what_is_shipped_has_no_finding(self, tmp_path):
        found = command("flows", "check", "--shipped", folder=tmp_path)
        assert found.returncode == 0, found.stdout
        assert found.stdout.count("no finding") >= 8

    def test_a_way_around_the_second_factor_is_printed_with_its_path(self, database_url, tmp_path):
        environment = {**production(database_url), "VESTIBULE_RECOVERY_DELAY": "5m"}
        found = command("flows", "check", folder=tmp_path, **environment)
        assert found.returncode == 1
        assert "without the wait" in found.stdout
        assert "the session is made" in found.stdout
        refused = command("serve", folder=tmp_path, **environment)
        assert refused.returncode == 1
        assert "sign-in flows" in refused.stderr

    def test_unknown_methods_are_named(self, database_url, tmp_path):
        environment = {**production(database_url), "VESTIBULE_LOGIN_METHODS": "pasword,totp"}
        refused = command("flows", "check", folder=tmp_path, **environment)
        assert refused.returncode == 1
        assert "VESTIBULE_LOGIN_METHODS" in refused.stderr


class TestServe:
    def test_reports_every_problem_at_once(self, tmp_path):
        answer = command(
            "serve", folder=tmp_path, VESTIBULE_PUBLIC_URL="http://id.example.com", VESTIBULE_SECRET_KEY="short"
        )
        assert answer.returncode == 1
        for name in ("VESTIBULE_SECRET_KEY", "VESTIBULE_PUBLIC_URL", "VESTIBULE_MAIL_TRANSPORT"):
            assert name in answer.stderr
        assert "vestibule db upgrade" in answer.stderr
        assert answer.stderr.count("fix:") == 4
        assert "Traceback" not in answer.stderr

    def test_refuses_pending_migrations_unless_told_to_migrate(self, tmp_path):
        port = free_port()
        environment = production(f"sqlite:///{tmp_path}/fresh.db", port)
        answer = command("serve", folder=tmp_path, **environment)
        assert answer.returncode == 1
        assert "vestibule db upgrade" in answer.stderr
        with server(tmp_path, "serve", "--migrate", port=port, **environment) as running:
            assert httpx.get(f"{running.url}/health/ready").json()["status"] == "ok"
            assert httpx.get(f"{running.url}/hello/world").status_code == 404
            lines = [json.loads(line) for line in running.output if line.startswith("{")]
            assert any(line["event"] == "worker_ready" for line in lines)

    def test_says_when_the_database_does_not_answer(self, tmp_path):
        answer = command("serve", folder=tmp_path, **production("postgresql://u:its-password@127.0.0.1:9/x"))
        assert answer.returncode == 1
        assert "127.0.0.1:9" in answer.stderr
        assert "its-password" not in answer.stderr


class TestDb:
    def test_ten_instances_may_migrate_at_once(self, postgres_templates, tmp_path):
        address = postgres_templates.fresh()
        schema = {"VESTIBULE_DATABASE_SCHEMA": "auth_schema"}
        for url in (f"sqlite:///{tmp_path}/ten.db", address):
            environment = {**production(url), **schema}
            with ThreadPoolExecutor(10) as crowd:
                answers = list(
                    crowd.map(lambda _, e=environment: command("db", "upgrade", folder=tmp_path, **e), range(10))
                )
            assert [a.returncode for a in answers] == [0] * 10, [a.stderr for a in answers]
            assert command("db", "status", folder=tmp_path, **environment).returncode == 0
        postgres_templates.drop(address)

    def test_goes_down_and_up_again(self, postgres_templates, tmp_path):
        address = postgres_templates.fresh()
        for url in (f"sqlite:///{tmp_path}/updown.db", address):
            environment = {**production(url), "VESTIBULE_DATABASE_SCHEMA": "other"}
            assert command("db", "upgrade", folder=tmp_path, **environment).returncode == 0
            assert command("db", "downgrade", "base", "--yes", folder=tmp_path, **environment).returncode == 0
            assert command("db", "status", folder=tmp_path, **environment).returncode == 1
            assert command("db", "upgrade", folder=tmp_path, **environment).returncode == 0
        postgres_templates.drop(address)


class TestUsers:
    @pytest.fixture
    def run(self, database_url, tmp_path):
        environment = production(database_url)

        def run(*args: str, typed: str = "") -> subprocess.CompletedProcess:
            return command(*args, folder=tmp_path, typed=typed, **environment)

        return run

    def test_their_whole_life(self, run):
        create = ("users", "create", "--username", "alice", "--email", "alice@example.com", "--password-stdin")
        made = run(*create, "--role", "admin", "--verified", typed=PASSWORD + "\n")
        assert made.returncode == 0, made.stderr
        user_id = made.stdout.strip()
        assert user_id.startswith("user_")
        shown = json.loads(run("users", "show", "Alice").stdout)
        assert shown.items() >= {"id": user_id, "state": "active", "roles": ["admin"], "emailVerified": True}.items()
        assert "password" not in json.dumps(shown)
        assert run("users", "grant", "alice", "auditor").returncode == 0
        assert run("users", "revoke", "alice@example.com", "admin").returncode == 0
        assert json.loads(run("users", "show", user_id).stdout)["roles"] == ["auditor"]
        assert run("users", "disable", "alice").returncode == 0
        assert "already" in run("users", "disable", "alice").stderr
        assert json.loads(run("users", "list", "--json").stdout)["state"] == "disabled"
        assert run("users", "enable", "alice").returncode == 0
        assert run("users", "delete", "alice", "--yes").returncode == 0
        assert json.loads(run("users", "show", user_id).stdout)["state"] == "deleted"

    def test_made_by_an_operator_they_are_whole_in_private_mode_too(self, database_url, tmp_path):
        """Nobody is hidden from operators: no account waits unseen for a mail, and a taken address is named."""
        environment = production(database_url) | {"VESTIBULE_REGISTRATION": "private"}

        def create(*more: str) -> subprocess.CompletedProcess:
            words = ("users", "create", "--email", "alice@example.com", "--password-stdin", *more)
            return command(*words, folder=tmp_path, typed=PASSWORD + "\n", **environment)

        made = create("--username", "alice", "--verified")
        assert made.returncode == 0, made.stderr
        shown = json.loads(command("users", "show", "alice@example.com", folder=tmp_path, **environment).stdout)
        assert shown.items() >= {"state": "active", "emailVerified": True}.items()
        again = create("--username", "other")
        assert again.returncode == 1
        assert "error: email" in again.stderr

    def test_a_lost_factor_is_a_wait_that_an_operator_can_only_start(self, run):
        create = ("users", "create", "--username", "alice", "--email", "alice@example.com", "--password-stdin")
        assert run(*create, typed=PASSWORD + "\n").returncode == 0
        started = run("users", "recover-factor", "alice")
        assert started.returncode == 0
        assert "can go from" in started.stderr
        assert run("users", "recover-factor", "nobody").returncode == 1

    def test_bad_input_names_the_field_and_the_fix(self, run):
        weak = run("users", "create", "--username", "x", "--email", "no", "--password-stdin", typed="short\n")
        assert weak.returncode == 1
        for field in ("username", "email", "password"):
            assert f"error: {field}" in weak.stderr
        assert "short" not in weak.stderr.replace("shorter", "")
        unknown = run("users", "show", "nobody")
        assert unknown.returncode == 1
        assert "vestibule users list" in unknown.stderr
        assert run("users", "grant", "nobody", "Not A Role").returncode == 1

    def test_seeding_is_refused_in_production(self, run):
        assert run("seed").returncode == 1

    def test_keys_info_and_secrets(self, run):
        assert run("keys", "rotate").returncode == 0
        assert run("keys", "list").stdout.startswith("key_")
        info = run("info", "--json")
        found = json.loads(info.stdout)
        assert found["state"]["readiness"]["migrations"] is True
        assert found["state"]["password_hash_ms"] > 0
        assert found["settings"]["mail"]["resend_api_key"] == "set"
        for secret in (SECRET, "re_secret_of_ours"):
            assert secret not in info.stdout
        assert len(run("secrets", "new").stdout.strip()) == 64
        assert json.loads(run("openapi").stdout)["openapi"] == "3.1.0"


class TestOddTerminals:
    def test_a_question_that_has_no_answer_ends_the_command(self, tmp_path):
        with server(tmp_path):
            pass
        words = [sys.executable, "-m", "vestibule", "db", "downgrade", "--data-dir", str(tmp_path)]
        # Closed, not empty: the interpreter has no standard input then.
        closed = subprocess.run(["sh", "-c", '"$@" <&-', "sh", *words], capture_output=True, text=True, check=False)
        assert (closed.returncode, "Traceback" in closed.stderr, "Aborted" in closed.stderr) == (1, False, True)

    def test_one_without_utf_8_shows_what_it_can(self, tmp_path):
        ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        answer = command("dev", "--help", folder=tmp_path, **ascii_only)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert "--data-dir" in answer.stdout


class TestUnknownCommand:
    def test_says_which_was_meant(self, tmp_path):
        answer = command("usres", folder=tmp_path)
        assert (answer.returncode, "Did you mean" in answer.stderr, "users" in answer.stderr) == (2, True, True)


class TestSeed:
    def test_adds_and_removes_in_development(self, tmp_path):
        data = ("--data-dir", str(tmp_path))
        with server(tmp_path):
            pass
        assert "there" in command("seed", *data, folder=tmp_path).stderr
        assert "Demo-lition" in command("seed", "--undo", *data, folder=tmp_path).stderr
        with sqlite3.connect(tmp_path / "vestibule.db") as connection:
            assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
        connection.close()
        assert "FakeUser2" in command("seed", *data, folder=tmp_path).stderr


class TestWheel:
    def test_holds_everything_and_starts_from_what_it_holds(self, tmp_path):
        """`make acceptance ARGS=install` installs it, with what it needs, in an empty environment."""
        subprocess.run(
            [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)],
            check=True,
            capture_output=True,
        )
        (wheel,) = tmp_path.glob("*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        zipfile.ZipFile(wheel).extractall(tmp_path / "unpacked")
        offered = {path.name for path in (ROOT / "src/vestibule/packages").iterdir()}
        assert {name.rpartition("/")[2] for name in names if name.startswith("vestibule/packages/")} == offered
        for wanted in (
            "vestibule/pages/index.html",
            "vestibule/mail/templates/mail.html",
            "vestibule/i18n/de.json",
            "vestibule/services/credentials/data/common_passwords.txt",
            "vestibule/db/migrations/versions/0001_first_tables.py",
        ):
            assert wanted in names
        where = [sys.executable, "-c", "import vestibule; print(vestibule.__file__)"]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "unpacked")}
        assert (
            str(tmp_path) in subprocess.run(where, env=environment, capture_output=True, text=True, check=True).stdout
        )
        with server(tmp_path, from_nothing=True, PYTHONPATH=str(tmp_path / "unpacked")) as running:
            page = httpx.get(f"{running.url}/auth/sign-in")
            assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
            script = re.search(r'src="(/assets/[^"]+)"', page.text)[1]
            assert httpx.get(running.url + script).headers["cache-control"].endswith("immutable")
            for file in offered - {"SHA256SUMS"}:
                answer = httpx.get(f"{running.url}/packages/{file}", follow_redirects=True)
                assert answer.content == (ROOT / "src/vestibule/packages" / file).read_bytes()
