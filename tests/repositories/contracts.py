"""What a contract is: a test that names the methods whose promise it holds, and calls each of them."""

import functools
import inspect
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from vestibule.db.postgres_errors import translated
from vestibule.domain.errors import AlreadyExists
from vestibule.repositories.unit_of_work import Database, UnitOfWork

Method = Callable


def contract(*methods: Method) -> Callable[[Callable], Callable]:
    """Mark a test as a contract of these methods."""

    def mark(test: Callable) -> Callable:
        test.contract = methods
        return test

    return mark


def repositories() -> dict[str, type]:
    """The repositories by the name that a unit of work gives them, and `Database`, which opens it."""
    found = {name: value for name, value in vars(UnitOfWork).items() if isinstance(value, functools.cached_property)}
    work = SimpleNamespace(connection=None, revoked=set())
    return {name: type(value.func(work)) for name, value in found.items()} | {"": Database}


def public_methods(repository: type) -> set[Method]:
    return {
        method for name, method in vars(repository).items() if not name.startswith("_") and inspect.isfunction(method)
    }


def owner_of(method: Method) -> type:
    return getattr(sys.modules[method.__module__], method.__qualname__.partition(".")[0])


@contextmanager
def already_exists() -> Iterator[None]:
    """A unique constraint rejects the row. It has to be the last thing in its transaction, as the engine raises it at its
    end.
    """
    with pytest.raises(AlreadyExists), translated():
        yield


async def takes_portions_of_three(purge: Callable[[int], Awaitable[int]]) -> None:
    """What deletes at most `count` of three rows: two, then one, then none."""
    assert [await purge(2), await purge(2), await purge(2)] == [2, 1, 0]
