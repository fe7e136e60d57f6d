"""Which statements a request may run: their plans are held by tests/plans, whatever the statistics say."""

from collections.abc import Callable
from typing import Any, TypeVar

_Method = TypeVar("_Method", bound=Callable[..., Any])
HOT: set[Callable[..., Any]] = set()


def hot(method: _Method) -> _Method:
    """Mark a method of a repository as hot: a session check, forward-auth, introspection, refresh, sign-in, sign-out,
    readiness check or poll may run its statements.

    Each statement of such a method reads rows by a key, and has one plan. `tests/plans/samples.py` has a call of it.
    """
    HOT.add(method)
    return method
