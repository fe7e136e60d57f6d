"""Several workers, one database: no check that begins after a revocation was acknowledged accepts what it ended."""

import asyncio
import random
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace

import asyncpg
import pytest

from harness import PASSWORD, SECRET, bearer, running
from vestibule.domain.client import Introspects
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.domain.instant import DAY, HOUR, SECOND
from vestibule.repositories.sessions import CheckedBy
from vestibule.repositories.unit_of_work import Database

COOKIE = "vestibule_session"
GENEROUS = {"LIMIT_LOGIN_ADDRESS": "100000/1m", "LIMIT_REGISTRATION": "100000/1m", "ACCOUNT_FAILURES": "100000"}


@pytest.fixture(params=["sqlite", "notify", "poll"])
def mode(request) -> str:
    """How workers learn of revocations: from the file, or from PostgreSQL in either way."""
    return request.param


@pytest.fixture
def database_url(request, mode) -> str:
    return request.getfixturevalue("sqlite_url" if mode == "sqlite" else "postgres_url")


@pytest.fixture
def start(database_url, tmp_path, mode):
    return lambda **overrides: running(database_url, tmp_path, **following(mode), **overrides)


def following(mode) -> dict[str, str]:
    return {} if mode == "sqlite" else {"REVOCATIONS": mode}


@asynccontextmanager
async def three_workers(database_url, folder, *modes):
    """Each with a cache that it believes."""
    async with AsyncExitStack() as stack:
        opened = [running(database_url, folder, **GENEROUS, **following(mode)) for mode in modes]
        systems = [await stack.enter_async_context(system) for system in opened]
        for system in systems:
            await system.caching()
        yield systems


@pytest.fixture
async def workers(database_url, tmp_path, mode):
    async with three_workers(database_url, tmp_path, mode, mode, mode) as systems:
        yield systems


@pytest.fixture(params=["notify", "poll"])
def leasing(request) -> str:
    """On PostgreSQL, where caches are believed under leases; on SQLite every check looks at the file."""
    return request.param


@pytest.fixture
async def leased(postgres_url, tmp_path, leasing):
    async with three_workers(postgres_url, tmp_path, leasing, leasing, leasing) as systems:
        yield systems


async def cookie_of(worker, username="alice") -> dict[str, str]:
    browser = worker.browser()
    await browser.register(username)
    return {"Cookie": f"{COOKIE}={browser.http.cookies[COOKIE]}"}


async def accepts(worker, headers) -> bool:
    path = "/api/session" if "Cookie" in headers else "/api/auth/profile"
    answer = await worker.get(path, **headers)
    return answer.status_code == 200 and answer.json()["user"] is not None


async def warm(workers, headers) -> None:
    for worker in workers:
        assert await accepts(worker, headers)
        assert await accepts(worker, headers)


async def admin(worker, username="alice"):
    return await worker.services.accounts.administration.find(username)


async def change_password(worker, headers):
    body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
    await worker.post("/api/auth/change-password", body, **bearer((await worker.log_in()).json()))


async def reset(worker, headers):
    body = {"token": await worker.reset_token(), "password": "quiet green lantern"}
    assert (await worker.post("/api/auth/reset-password", body)).status_code == 200


async def disable(worker, headers):
    await worker.services.accounts.administration.disable(await admin(worker))


async def delete(worker, headers):
    await worker.services.accounts.administration.delete(await admin(worker))


async def end_all(worker, headers):
    found = (await worker.log_in()).json()
    await worker.http.request("DELETE", "/api/sessions", headers=bearer(found))


ENDINGS = [change_password, reset, disable, delete, end_all]


class TestEveryEnding:
    @pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
    async def test_is_followed_by_every_worker_before_it_is_acknowledged(self, workers, ending):
        first, second, _third = workers
        headers = await cookie_of(first)
        tokens = bearer((await first.log_in()).json())
        await warm(workers, headers)
        await warm(workers, tokens)
        await ending(second, headers)
        assert [await accepts(worker, headers) for worker in workers] == [False, False, False]
        if ending is not change_password:
            assert [await accepts(worker, tokens) for worker in workers] == [False, False, False]

    async def test_the_cache_is_what_answers_meanwhile(self, workers):
        headers = await cookie_of(workers[0])
        await warm(workers, headers)
        assert [len(worker.services.access.session_check._cache) for worker in workers] == [1, 1, 1]

    async def test_roles_and_names_change_for_every_worker_at_once(self, workers):
        first, second, third = workers
        headers = await cookie_of(first)
        await warm(workers, headers)
        user = await admin(second)
        await second.services.accounts.roles.grant(user.id, "editor")
        assert [(await w.get("/api/session", **headers)).json()["user"]["roles"] for w in workers] == [["editor"]] * 3
        tokens = bearer((await third.log_in()).json())
        await third.http.patch("/api/account", json={"name": "Alice Liddell"}, headers=tokens)
        names = [(await w.get("/api/session", **headers)).json()["user"]["name"] for w in workers]
        assert names == ["Alice Liddell"] * 3

    async def test_a_rotated_secret_is_dead_for_every_worker(self, workers):
        first = workers[0]
        browser = first.browser()
        await browser.register()
        old = {"Cookie": f"{COOKIE}={browser.http.cookies[COOKIE]}"}
        await warm(workers, old)
        body = {"currentPassword": PASSWORD, "newPassword": "quiet green lantern"}
        assert (await browser.post("/api/auth/change-password", body)).status_code == 200
        assert [await accepts(worker, old) for worker in workers] == [False, False, False]
        assert await browser.whoami()


class TestRaces:
    async def test_a_lookup_from_before_the_revocation_fills_nothing_after_it(self, workers):
        """A barrier holds the looked-up row back until the revocation has been acknowledged."""
        first, second, _ = workers
        headers = await cookie_of(first)
        check = first.services.access.session_check
        read, go = asyncio.Event(), asyncio.Event()

        undisturbed = check._by_hash

        async def held(key):
            found = await check._ask_one(CheckedBy.HASH, key)
            read.set()
            await go.wait()
            return found

        check._by_hash = held
        early = asyncio.create_task(first.get("/api/session", **headers))
        await read.wait()
        await disable(second, headers)
        go.set()
        assert (await early).json()["user"]["username"] == "alice"  # it asked before: its answer is from before
        check._by_hash = undisturbed
        assert not await accepts(first, headers)

    @pytest.mark.parametrize("seed", range(4))
    async def test_random_interleavings_never_accept_what_was_ended(self, workers, seed):
        chance = random.Random(seed)
        cookies = [await cookie_of(workers[0], f"user{n:02}") for n in range(12)]
        ended: set[int] = set()
        wrong: list[int] = []

        async def check(number: int) -> None:
            dead = number in ended  # acknowledged before this check began
            if await accepts(chance.choice(workers), cookies[number]) and dead:
                wrong.append(number)

        async def revoke(number: int) -> None:
            worker = chance.choice(workers)
            if chance.random() < 0.5:
                await worker.services.accounts.administration.disable(await admin(worker, f"user{number:02}"))
            else:
                browser = worker.browser()
                browser.http.cookies.set(COOKIE, cookies[number]["Cookie"].partition("=")[2])
                assert (await browser.send("DELETE", "/api/session")).status_code == 200
            ended.add(number)
            await asyncio.gather(*(check(number) for _ in range(3)))

        async def wander(steps: int) -> None:
            for _ in range(steps):
                await check(chance.randrange(12))

        doomed = chance.sample(range(12), 8)
        await asyncio.gather(*(wander(40) for _ in range(6)), *(revoke(number) for number in doomed))
        assert wrong == []
        assert [await accepts(workers[0], cookies[n]) for n in range(12)] == [n not in ended for n in range(12)]


FOLLOWERS = """SELECT pid FROM pg_stat_activity WHERE datname = current_database()
    AND application_name IN ('vestibule listener', 'vestibule poller')"""


async def registered(worker, count):
    while len(await worker.rows("SELECT 1 FROM cache_leases")) != count:
        await asyncio.sleep(0.005)


class TestLeases:
    async def test_without_a_lease_the_database_is_asked(self, leased):
        first, second, _ = leased
        headers = await cookie_of(first)
        await warm(leased, headers)
        # A revocation that slips past the workers, as a restore might.
        async with first.database._engine.transaction() as connection:
            await connection.run("UPDATE sessions SET revoked_at = 1")
        assert await accepts(first, headers)  # believed for as long as the lease runs: no revocation was acknowledged
        check, secret = second.services.access.session_check, headers["Cookie"].partition("=")[2]
        second.clock.let_leases_lapse(10 * SECOND)
        # Nothing is awaited in between, so that this worker cannot renew its lease.
        assert not await check.coherence.holds()
        assert await check.by_cookie(secret) is None

    async def test_a_wall_clock_that_jumps_changes_nothing(self, leased):
        first, second, third = leased
        headers = [await cookie_of(first, f"user{n}") for n in range(3)]
        for one in headers:
            await warm(leased, one)
        for number, jump in enumerate((HOUR, -2 * HOUR, 0)):
            second.clock.advance(jump)
            third.clock.advance(-jump)
            await first.services.accounts.administration.disable(await admin(first, f"user{number}"))
            assert [await accepts(worker, headers[number]) for worker in leased] == [False, False, False]

    async def test_a_worker_whose_steady_clock_jumps_asks_and_follows_again(self, leased):
        first, second, _ = leased
        headers = await cookie_of(first)
        await warm(leased, headers)
        second.clock.let_leases_lapse(10 * SECOND)
        assert not await second.services.access.session_check.coherence.holds()
        await second.caching()
        await disable(first, headers)
        assert [await accepts(worker, headers) for worker in leased] == [False, False, False]

    async def test_a_lost_connection_empties_the_cache_and_comes_back(self, leased):
        first, second, _ = leased
        headers = await cookie_of(first)
        await warm(leased, headers)
        assert len(await first.rows(FOLLOWERS)) == 3
        await first.rows(f"SELECT pg_terminate_backend(pid) FROM ({FOLLOWERS}) AS followers")
        await disable(second, headers)
        assert [await accepts(worker, headers) for worker in leased] == [False, False, False]
        await registered(first, 3)
        for worker in leased:
            await worker.caching()

    async def test_a_worker_that_never_confirms_is_waited_for_and_struck_off(self, leased):
        first = leased[0]
        headers = await cookie_of(first)
        async with first.database.writing() as work:
            await work.revocations.register("a worker that was killed", 0)
        ending = asyncio.create_task(disable(first, headers))
        while not await first.rows("SELECT 1 FROM revocations"):
            await asyncio.sleep(0.005)
        assert not ending.done()  # committed, and not acknowledged: that worker may still believe its cache
        first.clock.let_leases_lapse(10 * SECOND)
        await ending
        assert not await first.rows("SELECT 1 FROM cache_leases WHERE worker = 'a worker that was killed'")

    async def test_who_was_struck_off_starts_anew(self, leased):
        first, _second, _ = leased
        headers = await cookie_of(first)
        await warm(leased, headers)
        await first.run("DELETE FROM cache_leases")
        await disable(first, headers)
        await registered(first, 3)  # each finds out when it next confirms, and comes back under a new name
        for worker in leased:
            await worker.caching()
        assert [await accepts(worker, headers) for worker in leased] == [False, False, False]

    async def test_leaving_is_noted(self, postgres_url, tmp_path, leasing):
        async with running(postgres_url, tmp_path, REVOCATIONS=leasing) as only:
            await only.caching()
            assert len(await only.rows("SELECT 1 FROM cache_leases")) == 1
        async with running(postgres_url, tmp_path, REVOCATIONS=leasing) as after:
            await after.caching()
            assert len(await after.rows("SELECT 1 FROM cache_leases")) == 1

    async def test_too_many_subjects_for_a_notification_are_read_from_the_list(self, leased):
        first, _second, _ = leased
        headers = await cookie_of(first)
        await warm(leased, headers)
        user = await admin(first)
        async with first.database.writing() as work:
            await work.users.disable(user.id, first.clock.now())
            work.revoked.update(f"user_{number:026}" for number in range(400))
        assert [await accepts(worker, headers) for worker in leased] == [False, False, False]

    async def test_while_the_database_is_away_no_cache_is_believed(self, leased, postgres_templates, postgres_url):
        first, second, _ = leased
        headers = await cookie_of(first)
        await warm(leased, headers)
        await postgres_templates.admit(postgres_url, False)
        for worker in leased:
            while await worker.services.access.session_check.coherence.holds():
                await asyncio.sleep(0.005)
        assert (await second.get("/api/session", **headers)).status_code == 503
        await postgres_templates.admit(postgres_url, True)
        # A change by hand, which no revocation names: the caches are empty when they are believed again.
        async with first.database._engine.transaction() as connection:
            await connection.run("UPDATE sessions SET revoked_at = 1")
        for worker in leased:
            await worker.caching()
        assert [await accepts(worker, headers) for worker in leased] == [False, False, False]


class TestPolling:
    @pytest.mark.parametrize("modes", [("notify", "poll", "poll"), ("poll", "notify", "notify")])
    async def test_workers_of_both_kinds_follow_each_other(self, postgres_url, tmp_path, modes):
        """The setting can be changed on one instance after the other."""
        async with three_workers(postgres_url, tmp_path, *modes) as (first, second, third):
            for number, ends in enumerate((first, second)):
                headers = await cookie_of(third, f"user{number}")
                await warm((first, second, third), headers)
                await ends.services.accounts.administration.disable(await admin(ends, f"user{number}"))
                assert [await accepts(worker, headers) for worker in (first, second, third)] == [False, False, False]

    async def test_revocations_arrive_between_two_heartbeats(self, leased):
        """With leases of a day, nothing but the source itself can bring them before the test gives up."""
        for worker in leased:
            coherence = worker.services.access.session_check.coherence
            coherence._policy = replace(coherence._policy, lease=DAY, heartbeat=DAY // 2)
            worker.database._lease = DAY
        first, second, _ = leased
        async with asyncio.timeout(30):
            for number in range(3):
                headers = await cookie_of(first, f"user{number}")
                await warm(leased, headers)
                await second.services.accounts.administration.disable(await admin(second, f"user{number}"))
                assert [await accepts(worker, headers) for worker in leased] == [False, False, False]

    async def test_nothing_listens_and_nothing_notifies(self, postgres_url, tmp_path):
        async with three_workers(postgres_url, tmp_path, "poll", "poll", "poll") as (first, *_):
            listener, heard = await asyncpg.connect(postgres_url), []
            channel = await listener.fetchval("SELECT 'vestibule_' || md5(current_schema())")
            await listener.add_listener(channel, lambda *arguments: heard.append(arguments[-1]))
            headers = await cookie_of(first)
            await disable(first, headers)
            # Notifications come in the order of the commits: this one would come after that of the revocation.
            await first.run("SELECT pg_notify($1, 'the last')", channel)
            while "the last" not in heard:
                await asyncio.sleep(0.005)
            assert heard == ["the last"]
            names = {
                row["application_name"] for row in await first.rows("SELECT application_name FROM pg_stat_activity")
            }
            assert "vestibule poller" in names
            assert "vestibule listener" not in names
            await listener.close()

    async def test_a_burst_of_requests_does_not_delay_it(self, postgres_url, tmp_path):
        """The connection that polls is outside the pool."""
        settings = {"REVOCATIONS": "poll", "DATABASE_POOL_SIZE": "3"}
        async with running(postgres_url, tmp_path, **settings) as vestibule:
            coherence = vestibule.services.access.session_check.coherence
            await vestibule.caching()
            async with vestibule.database.reading(), vestibule.database.reading():
                until = coherence._leased_until
                while coherence._leased_until == until:
                    assert coherence.is_current()
                    await asyncio.sleep(0.005)


class TestGaps:
    async def test_whoever_is_further_behind_than_the_list_forgets_everything(self, sqlite_url, tmp_path):
        async with three_workers(sqlite_url, tmp_path, "sqlite", "sqlite", "sqlite") as (first, second, _):
            headers = await cookie_of(first)
            await warm([first, second], headers)
            await disable(second, headers)
            await second.run("DELETE FROM revocations")
            assert not await accepts(first, headers)


class TestRevocations:
    async def test_generations_have_no_gaps_and_old_ones_are_purged(self, vestibule):
        database: Database = vestibule.database

        async def revoke(number):
            with suppress(DatabaseUnavailable):
                async with database.writing() as work:
                    work.revoked.add(f"session_{number}")

        await asyncio.gather(*(revoke(number) for number in range(30)))
        rows = await vestibule.rows("SELECT generation FROM revocations ORDER BY generation")
        assert [row["generation"] for row in rows] == list(range(1, 31))
        await vestibule.run("UPDATE revocation_generation SET generation = 10020")
        async with database.writing() as work:
            assert await work.revocations.purge(500) == 19

    async def test_are_written_in_the_form_that_older_workers_read(self, vestibule):
        """Ids between spaces, in the table and in notifications; a client's makes older workers forget everything."""
        clients = vestibule.services.tokens.clients
        client, _ = await clients.create("orders", "https://orders.example.com", ())
        await clients.create("gateway", None, (), Introspects.ALL)
        await clients.rotate(client, SECOND)
        await clients.delete(client)
        async with vestibule.database.writing() as work:
            work.revoked.update({"user_2", "user_1", "session_1"})
        gateway = (await vestibule.rows("SELECT id FROM clients"))[0]["id"]
        rows = await vestibule.rows("SELECT subjects FROM revocations ORDER BY generation")
        assert [row["subjects"] for row in rows] == [
            client.id, " ".join(sorted((client.id, gateway))), "session_1 user_1 user_2",
        ]  # fmt: skip

    @pytest.mark.parametrize("older", ["user_1 client_1", "client_1  session_1 ", "", "all"])
    async def test_of_older_workers_are_understood(self, vestibule, older):
        await vestibule.run("UPDATE revocation_generation SET generation = generation + 1")
        await vestibule.run("INSERT INTO revocations (generation, subjects) VALUES (1, $1)", older)
        async with vestibule.database.reading() as work:
            assert await work.revocations.since(0) == [(1, frozenset(older.split()))]

    async def test_keeping_the_books_of_clients_and_keys_publishes_none(self, start):
        """Registering, hashing anew under a newer master secret, and the last use of a key change no answer."""
        async with start() as before:
            services = before.services.tokens
            client, secret = await services.clients.create("cron", None, ())
            _, key = await services.api_keys.create_for(client, "nightly", (), None)
        newer = {"SECRET_KEY": "Zr8Lm3Qw6Xt1Vb9Kp4Yn7Hs2Jd5Gf0Ca-other", "SECRET_KEY_ACCEPTED": SECRET}
        async with start(**newer) as after:
            hashes = "SELECT secret_hash, key_hash, last_used_at FROM client_secrets, api_keys"
            stored = await after.rows(hashes)
            assert await after.services.tokens.clients.authenticate(client.id, secret)
            assert await after.services.access.session_check.by_api_key(key)
            for before_, now in zip(stored[0], (await after.rows(hashes))[0], strict=True):
                assert before_ != now
            assert not await after.rows("SELECT 1 FROM revocations")

    async def test_what_is_undone_revokes_nothing(self, vestibule):
        async def fail():
            async with vestibule.database.writing() as work:
                work.revoked.add("session_1")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await fail()
        assert not await vestibule.rows("SELECT 1 FROM revocations")

    async def test_nothing_is_revoked_without_a_number(self, vestibule):
        async def end_in_passing():
            async with vestibule.database.autocommit() as work:
                await work.users.set_not_before("user_1", 1)

        with pytest.raises(RuntimeError, match="user_1"):
            await end_in_passing()
