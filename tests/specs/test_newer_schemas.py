"""Starting on a newer schema, with another master secret, on a full disk: it serves, or says what to do."""

import asyncio
import resource
import threading

import httpx
import psutil
import pytest

from harness import PASSWORD, SECRET, running
from servers import command, free_port, production, server
from vestibule.db.migrations import HEAD

pytestmark = pytest.mark.servers

NEXT = f"{int(HEAD) + 1:04}"
OTHER = "Zr8Lm3Qw6Xt1Vb9Kp4Yn7Hs2Jd5Gf0Ca-other"


def prepare(database_url, folder, *, revision=HEAD, oldest_code=HEAD, signed_in=False):
    async def run():
        async with running(database_url, folder) as vestibule:
            if signed_in:
                await vestibule.signed_in()
            await vestibule.run("UPDATE alembic_version SET version_num = $1", revision)
            await vestibule.run("UPDATE schema_compatibility SET oldest_code = $1", oldest_code)

    asyncio.run(run())


class TestNewerSchema:
    def test_one_that_fits_is_served_and_left_as_it_is(self, database_url, tmp_path):
        prepare(database_url, tmp_path, revision=NEXT)
        port = free_port()
        environment = production(database_url, port)
        with server(tmp_path, "serve", "--migrate", port=port, **environment) as started:
            assert httpx.get(f"{started.url}/health/ready").json()["status"] == "ok"
            body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
            assert httpx.post(f"{started.url}/api/auth/register", json=body).status_code == 201
        for args in (("db", "status"), ("db", "upgrade"), ("info",), ("users", "show", "alice")):
            answer = command(*args, folder=tmp_path, **environment)
            assert answer.returncode == 0, answer.stderr
        assert f"at revision {NEXT}" in command("db", "upgrade", folder=tmp_path, **environment).stderr

    @pytest.mark.parametrize(
        "args", [("serve",), ("serve", "--migrate"), ("db", "status"), ("db", "upgrade"), ("db", "downgrade", "--yes")]
    )
    def test_one_that_does_not_is_refused_with_what_to_do(self, database_url, tmp_path, args):
        prepare(database_url, tmp_path, revision=NEXT, oldest_code=NEXT)
        answer = command(*args, folder=tmp_path, **production(database_url))
        assert answer.returncode == 1
        assert "Traceback" not in answer.stderr
        for line in ("newer database schema", f"got:       revision {NEXT}", "expected:", "fix:"):
            assert line in answer.stderr


class TestOtherSecret:
    @pytest.mark.parametrize("args", [("serve",), ("serve", "--migrate")])
    def test_is_refused_at_the_start_and_not_shown(self, database_url, tmp_path, args):
        prepare(database_url, tmp_path, signed_in=True)
        environment = {**production(database_url), "VESTIBULE_SECRET_KEY": OTHER}
        answer = command(*args, folder=tmp_path, **environment)
        assert answer.returncode == 1
        assert "Traceback" not in answer.stderr
        for line in ("VESTIBULE_SECRET_KEY", "got:       a secret that opens none", "expected:", "fix:", "rotation.md"):
            assert line in answer.stderr
        assert OTHER not in answer.stderr

    def test_a_development_server_beside_that_database_is_refused_too(self, database_url, tmp_path):
        prepare(database_url, tmp_path, signed_in=True)
        folder = tmp_path / "other"
        answer = command("dev", "--data-dir", str(folder), "--database-url", database_url, folder=tmp_path)
        assert answer.returncode == 1
        assert "Traceback" not in answer.stderr
        assert "got:       a secret that opens none" in answer.stderr

    def test_starts_where_the_right_one_is_accepted_beside_it(self, database_url, tmp_path):
        prepare(database_url, tmp_path, signed_in=True)
        port = free_port()
        secrets = {"VESTIBULE_SECRET_KEY": OTHER, "VESTIBULE_SECRET_KEY_ACCEPTED": SECRET}
        with server(tmp_path, "serve", port=port, **{**production(database_url, port), **secrets}) as started:
            assert httpx.get(f"{started.url}/health/ready").status_code == 200


class TestFullDisk:
    def test_is_not_ready_and_recovers_by_itself(self, sqlite_url, tmp_path):
        """The limit for the size of a file fails a write as a full disk does, for this process alone."""
        port = free_port()
        with server(tmp_path, "serve", port=port, **production(sqlite_url, port)) as started:
            (worker,) = psutil.Process(started.process.pid).children()
            before = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (4096, before[1]))
            assert self._wait_for(started, 503)["checks"]["writes"] is False
            resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, before)
            assert self._wait_for(started, 200)["checks"]["writes"] is True

    def _wait_for(self, started, status):
        until, pause = 60, threading.Event()
        for _ in range(until * 10):
            answer = httpx.get(f"{started.url}/health/ready")
            if answer.status_code == status:
                return answer.json()
            pause.wait(0.1)
        raise AssertionError(answer.text)
