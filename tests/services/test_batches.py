"""Work in rounds: nobody joins a round that has begun, and everybody gets an answer."""

import asyncio

import pytest

from vestibule.domain.errors import Unavailable
from vestibule.services.records.batches import Batches


class Rounds:
    """A worker that waits at a gate in each round."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.begun = asyncio.Event()
        self.gate = asyncio.Event()
        self.error: Exception | None = None

    async def run(self, items):
        self.seen.append(list(items))
        self.begun.set()
        await self.gate.wait()
        if self.error:
            raise self.error
        return [item * 2 for item in items]


async def test_what_comes_while_a_round_is_under_way_goes_together_into_the_next():
    rounds = Rounds()
    batches = Batches(rounds.run)
    first = asyncio.create_task(batches.add(1))
    await rounds.begun.wait()
    later = [asyncio.create_task(batches.add(number)) for number in (2, 3, 2)]
    await asyncio.sleep(0)
    assert rounds.seen == [[1]]
    rounds.gate.set()
    assert await asyncio.gather(first, *later) == [2, 4, 6, 4]
    assert rounds.seen == [[1], [2, 3, 2]]


async def test_a_failure_is_everybodys_in_its_round_and_nobodys_after():
    rounds = Rounds()
    rounds.error = RuntimeError("down")
    rounds.gate.set()
    batches = Batches(rounds.run)
    failed = await asyncio.gather(batches.add(1), batches.add(2), return_exceptions=True)
    assert [str(error) for error in failed] == ["down", "down"]
    rounds.error = None
    assert await batches.add(3) == 6


async def test_who_goes_away_leaves_the_others_their_answers():
    rounds = Rounds()
    batches = Batches(rounds.run)
    gone, stays = asyncio.create_task(batches.add(1)), asyncio.create_task(batches.add(2))
    await rounds.begun.wait()
    gone.cancel()
    rounds.gate.set()
    assert await stays == 4
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_rounds_are_bounded():
    rounds = Rounds()
    rounds.gate.set()
    batches = Batches(rounds.run)
    assert await asyncio.gather(*(batches.add(number) for number in range(250))) == [n * 2 for n in range(250)]
    assert [len(seen) for seen in rounds.seen] == [100, 100, 50]


async def test_a_round_with_too_few_results_leaves_nobody_waiting():
    batches = Batches(lambda items: asyncio.sleep(0, list(items)[:-1]))
    answers = await asyncio.gather(*(batches.add(number) for number in range(3)), return_exceptions=True)
    assert answers[:2] == [0, 1]
    assert isinstance(answers[2], ValueError)


async def test_a_runner_that_is_cancelled_leaves_nobody_waiting_and_another_takes_its_place():
    rounds = Rounds()
    batches = Batches(rounds.run)
    first = asyncio.create_task(batches.add(1))
    await rounds.begun.wait()
    second = asyncio.create_task(batches.add(2))
    await asyncio.sleep(0)
    await batches._rounds.stop()
    assert [error.code for error in await asyncio.gather(first, second, return_exceptions=True)] == ["unavailable"] * 2
    rounds.gate.set()
    assert await batches.add(3) == 6


async def test_a_round_whose_question_was_cancelled_by_others_fails_alone():
    asked = asyncio.Event()

    async def run(items):
        if not asked.is_set():
            asked.set()
            raise asyncio.CancelledError
        return items

    batches = Batches(run)
    with pytest.raises(Unavailable):
        await batches.add(1)
    assert await batches.add(2) == 2
