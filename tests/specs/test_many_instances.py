"""Growing: several instances on one PostgreSQL, behind nginx, through PgBouncer, and with a worker that hangs."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import psutil
import pytest

from harness import PASSWORD
from programs import nginx, pgbouncer
from servers import production, server

pytestmark = pytest.mark.servers

ROOM = {"VESTIBULE_LIMIT_LOGIN_ADDRESS": "1000/1m", "VESTIBULE_LIMIT_REGISTRATION": "1000/1m"}


def instance(stack, folder, database_url, **environment):
    """One of several: they share the database, the public address and the master secret, and nothing else."""
    folder.mkdir()
    settings = {**production(database_url), **ROOM, **environment}
    return stack.enter_context(server(folder, "serve", "--migrate", **settings))


def signed_in(client, number=0):
    body = {"username": f"user{number:03}", "email": f"user{number:03}@example.com", "password": PASSWORD}
    assert client.post("/api/auth/register", json=body).status_code == 201
    tokens = client.post("/api/auth/login", json={"email": body["email"], "password": PASSWORD}).json()
    return {"Authorization": f"Bearer {tokens['accessToken']}"}, tokens


class TestThreeInstancesBehindNginx:
    @pytest.fixture
    def three(self, postgres_url, tmp_path):
        with ExitStack() as stack:
            instances = [
                instance(
                    stack, tmp_path / f"i{n}", postgres_url, VESTIBULE_LIMIT_CODES="6/15m",
                    VESTIBULE_TRUSTED_PROXIES="127.0.0.1/32",
                )
                for n in range(3)
            ]  # fmt: skip
            port = stack.enter_context(nginx(tmp_path, [one.port for one in instances]))
            clients = [stack.enter_context(httpx.Client(base_url=one.url)) for one in instances]
            yield stack.enter_context(httpx.Client(base_url=f"http://127.0.0.1:{port}")), clients

    def test_a_session_that_ends_is_refused_by_all_and_limits_are_shared(self, three):
        proxy, instances = three
        for number in range(5):
            headers, _ = signed_in(proxy, number)
            for _ in range(2):
                assert {one.get("/api/auth/profile", headers=headers).status_code for one in instances} == {200}
            assert proxy.post("/api/auth/logout", headers=headers).status_code == 200
            assert [one.get("/api/auth/profile", headers=headers).status_code for one in instances] == [401, 401, 401]
        answers = [proxy.post("/api/auth/forgot-password", json={"email": "x@example.com"}) for _ in range(8)]
        assert [answer.status_code for answer in answers] == [200] * 6 + [429] * 2


class TestAWorkerThatHangs:
    def test_is_waited_for_and_refuses_when_it_wakes_up(self, postgres_url, tmp_path):
        with ExitStack() as stack:
            awake, frozen = (instance(stack, tmp_path / name, postgres_url) for name in ("awake", "frozen"))
            first = stack.enter_context(httpx.Client(base_url=awake.url, timeout=30))
            second = stack.enter_context(httpx.Client(base_url=frozen.url, timeout=30))
            headers, _ = signed_in(first)
            for client in (first, second, second):
                assert client.get("/api/auth/profile", headers=headers).status_code == 200
            workers = psutil.Process(frozen.process.pid).children(recursive=True)
            with ThreadPoolExecutor(1) as pool:
                for worker in workers:
                    os.kill(worker.pid, signal.SIGSTOP)
                # Already on its way when the session ends; answered after the worker wakes up.
                asked = None
                try:
                    assert first.post("/api/auth/logout", headers=headers).status_code == 200
                    asked = pool.submit(second.get, "/api/auth/profile", headers=headers)
                finally:
                    for worker in workers:
                        os.kill(worker.pid, signal.SIGCONT)
                assert asked.result().status_code == 401
            assert second.get("/api/auth/profile", headers=headers).status_code == 401


class TestPgBouncer:
    def test_everything_works_in_transaction_mode(self, postgres_url, tmp_path):
        with pgbouncer(tmp_path, postgres_url) as pooled, ExitStack() as stack:
            settings = {"VESTIBULE_DATABASE_DIRECT_URL": postgres_url, "VESTIBULE_DATABASE_SCHEMA": "own_schema"}
            one, two = (instance(stack, tmp_path / name, pooled, **settings) for name in ("one", "two"))
            first = stack.enter_context(httpx.Client(base_url=one.url, timeout=30))
            second = stack.enter_context(httpx.Client(base_url=two.url, timeout=30))
            with ThreadPoolExecutor(8) as pool:
                people = list(pool.map(lambda number: signed_in(first, number), range(16)))
            for headers, tokens in people:
                assert second.get("/api/auth/profile", headers=headers).status_code == 200
                refreshed = second.post("/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
                assert refreshed.status_code == 200
                assert first.post("/api/auth/logout", headers=headers).status_code == 200
                assert second.get("/api/auth/profile", headers=headers).status_code == 401
            assert not [line for line in one.output + two.output if "unexpected_error" in line or "job_failed" in line]
