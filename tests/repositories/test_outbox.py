from dataclasses import replace

import pytest

from factories import NOW
from repositories.contracts import contract, takes_portions_of_three
from vestibule.domain.instant import SECOND
from vestibule.domain.mail import OutboxItem, OutboxKind, OutboxState
from vestibule.repositories.outbox import Outbox

LEASE = NOW + 30 * SECOND
ENDS = {
    "retried": lambda work, item: work.outbox.retry(item, "no", NOW),
    "given up": lambda work, item: work.outbox.give_up(item, "no", NOW),
    "dropped": lambda work, item: work.outbox.drop(item, "no", NOW),
}


async def row_of(work, item_id):
    return await work.connection.one("SELECT * FROM outbox WHERE id = $1", item_id)


class TestClaiming:
    @contract(Outbox.add, Outbox.claim)
    async def test_what_is_queued_is_claimed_as_it_was_by_one_worker(self, work, make):
        assert not work.outbox.has_new
        await work.outbox.add(
            "mail_1", OutboxKind.DEFERRED_JOB, "job", "sealed", NOW - 5, NOW, expires_at=LEASE, user_id="user_1", flow_id="flow_1"
        )  # fmt: skip
        assert work.outbox.has_new
        expected = OutboxItem(
            "mail_1", OutboxKind.DEFERRED_JOB, "job", "sealed", 1, NOW - 5, NOW, LEASE, "user_1", "flow_1"
        )
        assert await work.outbox.claim("mail_1", NOW, LEASE) == expected
        assert await work.outbox.claim("mail_1", NOW, LEASE) is None
        assert await work.outbox.claim("mail_1", LEASE - 1, LEASE + 1) is None
        assert await work.outbox.claim("mail_1", LEASE, LEASE + 1) == replace(expected, attempts=2)

    @contract(Outbox.claim)
    async def test_nothing_is_claimed_before_it_is_due(self, work, make):
        item = await make.email(due_at=NOW + 1)
        assert await work.outbox.claim(item, NOW, LEASE) is None
        assert (await work.outbox.claim(item, NOW + 1, LEASE)).user_id is None
        assert await work.outbox.claim("mail_none", NOW, LEASE) is None

    @contract(Outbox.due)
    async def test_what_is_due_comes_longest_due_first_without_what_is_claimed(self, work, make):
        late, early = await make.email(due_at=NOW), await make.email(due_at=NOW - 1)
        same = await make.email(due_at=NOW)
        await make.email(due_at=NOW + 1)
        await work.outbox.claim(await make.email(), NOW, LEASE)
        assert await work.outbox.due(NOW, 9) == [early, late, same]
        assert await work.outbox.due(NOW, 2) == [early, late]

    @contract(Outbox.next_due_at, Outbox.is_busy)
    async def test_when_the_next_is_due_and_whether_one_is_now(self, work, make):
        assert await work.outbox.next_due_at(NOW) is None
        for at in (NOW + 7, NOW + 5):
            await make.email(due_at=at)
        assert [await work.outbox.next_due_at(now) for now in (NOW, NOW + 5, NOW + 7)] == [NOW + 5, NOW + 7, None]
        assert not await work.outbox.is_busy(NOW + 4)
        assert await work.outbox.is_busy(NOW + 5)

    @contract(Outbox.is_busy)
    async def test_what_is_being_processed_keeps_it_busy_until_it_ends(self, work, make):
        item = await work.outbox.claim(await make.email(), NOW, LEASE)
        assert await work.outbox.is_busy(NOW)
        await work.outbox.sent(item.id, NOW)
        assert not await work.outbox.is_busy(NOW)


class TestEnding:
    @contract(Outbox.sent)
    async def test_what_was_sent_keeps_no_content_and_is_not_sent_again(self, work, make):
        item, other = await make.email(), await make.email()
        await work.outbox.sent(item, NOW)
        row = await row_of(work, item)
        assert (row["sent_at"], row["payload_sealed"]) == (NOW, None)
        assert await work.outbox.due(NOW, 9) == [other]
        assert await work.outbox.claim(item, NOW, LEASE) is None

    @contract(Outbox.retry)
    async def test_a_failed_try_is_released_until_the_next(self, work, make):
        item = await work.outbox.claim(await make.email(), NOW, LEASE)
        await work.outbox.retry(item, "refused", NOW + 5)
        assert await work.outbox.claim(item.id, NOW + 4, LEASE) is None
        again = await work.outbox.claim(item.id, NOW + 5, LEASE)
        assert (again.attempts, again.payload_sealed) == (2, "sealed")
        assert (await row_of(work, item.id))["last_error"] == "refused"

    @contract(Outbox.give_up, Outbox.drop)
    async def test_dead_and_dropped_ones_stay_for_the_operator_without_content(self, work, make):
        dead, dropped = [await work.outbox.claim(await make.email(), NOW, LEASE) for _ in range(2)]
        await work.outbox.give_up(dead, "refused", NOW + 1)
        await work.outbox.drop(dropped, "expired", NOW + 2)
        rows = [await row_of(work, item.id) for item in (dead, dropped)]
        assert [(row["dead_at"], row["dropped_at"], row["last_error"]) for row in rows] == [
            (NOW + 1, None, "refused"),
            (None, NOW + 2, "expired"),
        ]
        assert [row["payload_sealed"] for row in rows] == [None, None]
        assert await work.outbox.due(LEASE, 9) == []

    @pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
    @contract(Outbox.retry, Outbox.give_up, Outbox.drop)
    async def test_a_worker_that_lost_the_row_changes_nothing(self, work, make, end):
        lost = await work.outbox.claim(await make.email(), NOW, LEASE)
        mine = await work.outbox.claim(lost.id, LEASE, LEASE + 1)
        before = await row_of(work, lost.id)
        for other in ENDS.values():
            await other(work, lost)
        assert dict(await row_of(work, lost.id)) == dict(before)
        await end(work, mine)
        assert (await row_of(work, lost.id))["last_error"] == "no"


class TestState:
    @contract(Outbox.state)
    async def test_counts_what_waits_was_given_up_and_was_dropped(self, work, make):
        assert await work.outbox.state() == OutboxState(0, 0, 0, None)
        items = [await work.outbox.claim(await make.email(), NOW, LEASE) for _ in range(5)]
        await work.outbox.give_up(items[0], "", NOW)
        await work.outbox.drop(items[1], "", NOW)
        await work.outbox.sent(items[2].id, NOW)
        await make.email(due_at=NOW + 9)
        assert await work.outbox.state() == OutboxState(pending=3, dead=1, dropped=1, oldest_pending_at=NOW)

    @contract(Outbox.purge)
    async def test_what_has_ended_goes_in_portions(self, work, make):
        items = [await work.outbox.claim(await make.email(), NOW, LEASE) for _ in range(4)]
        await work.outbox.give_up(items[0], "", NOW - 1)
        await work.outbox.drop(items[1], "", NOW - 1)
        await work.outbox.sent(items[2].id, NOW - 1)
        await work.outbox.sent(items[3].id, NOW)
        waiting = await make.email()
        await takes_portions_of_three(lambda count: work.outbox.purge(NOW, count))
        rows = await work.connection.all("SELECT id FROM outbox ORDER BY id")
        assert [row["id"] for row in rows] == [items[3].id, waiting]
