"""Turns a service's expected refusal, a value, into the error that the HTTP layers answer with."""

from typing import TypeVar

from vestibule.domain.errors import Denied

_T = TypeVar("_T")


def granted(outcome: _T | Denied) -> _T:
    """Return the outcome of a service when it is not a denial. Raises the reason of a denial, a VestibuleError."""
    if isinstance(outcome, Denied):
        raise outcome.reason
    return outcome
