"""Work in rounds: nobody joins a round that has begun, and everybody gets an answer."""

import asyncio

import pytest

from vestibule.services.batches import Batches


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
