"""Work beside the requests goes on, whatever happened to it."""

import asyncio
from contextlib import suppress

import pytest

from vestibule.domain.errors import DatabaseUnavailable
from vestibule.jobs import runner
from vestibule.jobs.runner import Jobs
from vestibule.tasks import PAUSES, SupervisedTask

# A column that is not there is no outage to either engine: the exception is the driver's own.
BROKEN = {
    "leases": "name",
    "sign_in_tallies": "failures",
    "sessions": "last_seen_at",
    "outbox": "next_try_at",
    "revocation_generation": "generation",
}


async def until(condition) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def break_tables(vestibule) -> None:
    for table, column in BROKEN.items():
        await vestibule.run(f"ALTER TABLE {table} RENAME COLUMN {column} TO gone")


async def mend_tables(vestibule) -> None:
    for table, column in BROKEN.items():
        await vestibule.run(f"ALTER TABLE {table} RENAME COLUMN gone TO {column}")


class TestASupervisedTask:
    @pytest.mark.parametrize(
        "error", [RuntimeError("x"), DatabaseUnavailable(private="x"), KeyError(1), TimeoutError(), RecursionError()]
    )
    async def test_goes_on_after_any_exception_and_pauses_longer_each_time(self, error):
        steps = []

        async def step():
            steps.append(task.failures_in_a_row)
            if len(steps) <= 4:
                raise error
            await asyncio.sleep(0)

        task = SupervisedTask("x", step, pauses=(0, 0, 0, 0, 3600))
        task.start()
        await until(lambda: len(steps) >= 7)
        await task.stop()
        assert steps[:7] == [0, 1, 2, 3, 4, 0, 0]

    async def test_goes_on_when_what_it_waited_for_was_cancelled(self):
        waits, begun = [asyncio.get_running_loop().create_future() for _ in range(2)], []

        async def step():
            begun.append(True)
            await waits[len(begun) - 1]

        task = SupervisedTask("x", step, pauses=(0,))
        task.start()
        waits[0].cancel()
        await until(lambda: len(begun) == 2)
        await task.stop()
        assert waits[1].cancelled()

    async def test_ends_when_it_is_cancelled_also_in_a_pause(self):
        async def step():
            raise RuntimeError("x")

        task = SupervisedTask("x", step, pauses=(3600,))
        task.start()
        await until(lambda: task.failures_in_a_row == 1)
        await task.stop()
        assert task._task.cancelled()

    async def test_ends_when_a_step_swallows_its_cancellation(self):
        begun = asyncio.Event()

        async def step():
            begun.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

        task = SupervisedTask("x", step)
        task.start()
        await begun.wait()
        async with asyncio.timeout(30):
            await task.stop()

    async def test_may_take_its_leave_however_often_it_is_told_to_end(self):
        """A worker that was cut off while it struck itself off the list did not stop at all."""
        begun, left = asyncio.Event(), []

        async def step():
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                left.append(True)

        task = SupervisedTask("x", step)
        task.start()
        await begun.wait()
        task.cancel()
        await task.stop()
        assert left == [True]

    async def test_ends_when_it_is_wanted_no_more_and_starts_again_once(self):
        left = [1, 1]

        async def step():
            left.pop()
            await asyncio.sleep(0)

        task = SupervisedTask("x", step, wanted=lambda: bool(left))
        task.start()
        first = task._task
        task.start()
        assert task._task is first
        await first
        assert not left
        left.append(1)
        task.start()
        await task._task
        assert not left

    def test_never_pauses_for_long(self):
        assert list(PAUSES) == sorted(PAUSES)
        assert 0 < PAUSES[0] <= PAUSES[-1] <= 5


class TestEveryJob:
    async def test_goes_on_once_its_table_is_whole_again(self, vestibule, monkeypatch):
        """Each job meets a table that lost a column, in the real database, and works again after it has it back."""
        monkeypatch.setattr(runner, "PAUSES", dict.fromkeys(runner.PAUSES, 0.01))
        monkeypatch.setattr(runner, "CLEANUP_EVERY", 1)
        monkeypatch.setattr(runner, "KEY_ROTATION_EVERY", 1)
        tokens = await vestibule.signed_in()
        vestibule.services.abuse.attack_detection.note(failed=True)
        [session] = await vestibule.rows("SELECT * FROM sessions")
        jobs = Jobs(vestibule.services, vestibule.database.mail_waiting)
        touches = vestibule.services.sessions.session_touches
        touches._waiting[session["id"]] = (session["last_seen_at"] + 1, session["idle_expires_at"])
        await break_tables(vestibule)
        jobs.start()
        mine = [task for task in jobs.tasks if task.name != "session_cache"]
        await until(lambda: all(task.failures_in_a_row for task in mine))
        assert touches._waiting, "nothing of it is lost"
        await mend_tables(vestibule)
        await until(lambda: not any(task.failures_in_a_row for task in mine))
        await until(lambda: not touches._waiting)
        await jobs.stop()
        assert (await vestibule.rows("SELECT failures FROM sign_in_tallies"))[0]["failures"] == 1
        assert tokens["accessToken"]

    async def test_of_the_cache_follows_again_after_a_surprise(self, start, postgres_url, tmp_path):
        from harness import running

        async with running(postgres_url, tmp_path) as vestibule:
            await vestibule.caching()
            coherence = vestibule.services.access.session_check.coherence
            await vestibule.run("ALTER TABLE cache_leases RENAME COLUMN generation TO gone")
            jobs = Jobs(vestibule.services, vestibule.database.mail_waiting)
            [task] = [task for task in jobs.tasks if task.name == "session_cache"]
            task.start()
            await until(lambda: task.failures_in_a_row)
            await vestibule.run("ALTER TABLE cache_leases RENAME COLUMN gone TO generation")
            await until(coherence.is_current)
            await task.stop()


class TestTheFeed:
    async def test_is_heard_again_by_old_and_new_followers_after_a_surprise(self, vestibule):
        """A database error that is no outage ended the watcher, and with it the feed of this worker, for good."""
        changes = vestibule.services.tokens.status_changes
        old = changes.follow("1.2.3.4", None)
        await anext(old)
        await vestibule.run("ALTER TABLE revocation_generation RENAME COLUMN generation TO gone")
        await until(lambda: changes._watching.failures_in_a_row)
        await vestibule.run("ALTER TABLE revocation_generation RENAME COLUMN gone TO generation")
        new = changes.follow("5.6.7.8", None)
        before = await anext(new)
        waiting = [asyncio.ensure_future(anext(stream)) for stream in (old, new)]
        await vestibule.run("UPDATE revocation_generation SET generation = generation + 1")
        async with asyncio.timeout(30):
            assert await asyncio.gather(*waiting) == [before + 1] * 2
        for stream in (old, new):
            await stream.aclose()
        changes.stop()

    async def test_watcher_ends_with_its_last_follower_and_begins_with_the_next(self, vestibule):
        changes = vestibule.services.tokens.status_changes
        for _ in range(2):
            stream = changes.follow("1.2.3.4", None)
            await anext(stream)
            await stream.aclose()
            await until(changes._watching._task.done)


class TestIdleConnections:
    async def test_are_closed_after_a_surprise_too(self, postgres_url, monkeypatch):
        from vestibule.db import postgres

        monkeypatch.setattr(postgres, "IDLE_SECONDS", 0.01)
        engine = postgres.PostgresEngine(postgres_url, "public", postgres.PoolPolicy())
        await engine.open()
        held, engine._held = engine._held, None
        await until(lambda: engine._closing_idle.failures_in_a_row)
        engine._held = held
        await until(lambda: not engine._closing_idle.failures_in_a_row)
        await engine.close()
