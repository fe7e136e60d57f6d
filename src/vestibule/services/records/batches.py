"""Batches: items that arrive while one round of work is running go into the next round, because together they cost
less.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from vestibule.domain.errors import Unavailable
from vestibule.tasks import SupervisedTask

T = TypeVar("T")
R = TypeVar("R")

_MOST = 100


class Batches(Generic[T, R]):
    """Runs items in rounds of up to 100, one round at a time; an item that arrives alone runs at once.

    No item joins a round that has begun: what that round reads may be older than the item's request.
    """

    def __init__(self, run: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._run = run
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._rounds = SupervisedTask("batches", self._next_round, wanted=lambda: bool(self._waiting))

    async def add(self, item: T) -> R:
        """Run this item in the next round and return its result. Raises what the round raised; Unavailable when the
        worker ends first.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        self._rounds.start()
        return await future

    async def _next_round(self) -> None:
        taken, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
        try:
            results = await self._run([item for item, _ in taken])
            for (_, future), result in zip(taken, results, strict=True):
                if not future.done():
                    future.set_result(result)
        except Exception as error:  # noqa: BLE001 - each waiting item gets it
            _refuse(taken, error)
        except BaseException:
            # This worker ends: no further round will run what is left.
            _refuse([*taken, *self._waiting], Unavailable(private="a round was cancelled"))
            self._waiting = []
            raise


def _refuse(waiting: Sequence[tuple[object, asyncio.Future[R]]], error: Exception) -> None:
    for _, future in waiting:
        if not future.done():
            future.set_exception(error)
