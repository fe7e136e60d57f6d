"""What stands between a request and its controller, in order. `checks/answer.py` runs CHECKS, and the OpenAPI document
lists the errors of both tables.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from vestibule.checks import csrf, proof_of_work, rate_limit, step_up
from vestibule.checks.admission import OUTAGES, admission_errors, admit, receive_body
from vestibule.checks.decoding import check_address, decode_input, input_errors
from vestibule.checks.route import Route
from vestibule.domain import errors
from vestibule.domain.errors import VestibuleError
from vestibule.http.call import Call
from vestibule.middleware.address import FOR_MONITORS

Errors = tuple[type[VestibuleError], ...]
Run = Callable[[Any, Call[Any]], Awaitable[None]]
"""Takes a row to which the check applies, and so one that has the column in question (hence Any), and the call."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: whether it applies to a row, what it does with a request, and what it can raise for a row.

    `run` fills in the call, or refuses it by raising one of the errors.
    """

    applies: Callable[[Route], bool]
    run: Run
    errors: Callable[[Route], Errors]


def _raising(*kinds: type[VestibuleError]) -> Callable[[Route], Errors]:
    return lambda _: kinds


def _always(_: Route) -> bool:
    return True


def _is_unsafe(row: Route) -> bool:
    return row.method not in csrf.SAFE_METHODS


def _may_be_a_guess(row: Route) -> bool:
    return row.limit not in {None, rate_limit.attempts} and not row.guard.needs_caller


CHECKS = (
    Check(_always, lambda _, call: check_address(call), _raising(errors.InvalidText, errors.ValidationFailed)),
    Check(_is_unsafe, lambda _, call: csrf.check_origin(call), _raising(errors.OriginNotAllowed)),
    Check(
        _is_unsafe, lambda row, call: csrf.check_media_type(call, form=row.form), _raising(errors.UnsupportedMediaType)
    ),
    Check(_always, admit, admission_errors),
    Check(_always, receive_body, admission_errors),
    Check(lambda row: row.query is not None or row.body is not None, decode_input, input_errors),
    Check(lambda row: row.check is not None, lambda row, call: row.check(call), _raising(errors.CsrfFailed)),
    Check(
        _may_be_a_guess, lambda row, call: proof_of_work.check(call, row.limit), _raising(errors.ProofOfWorkRequired)
    ),
    Check(
        lambda row: row.limit is not None,
        lambda row, call: rate_limit.reserve(call, row.limit),
        _raising(errors.RateLimited, *OUTAGES),
    ),
    Check(
        lambda row: row.fresh is not None,
        lambda row, call: step_up.check(call, row.fresh),
        lambda row: step_up.errors(row.fresh),
    ),
)
"""The checks of every request, from the first to the last."""

BEFORE_ROUTING: tuple[tuple[Callable[[Route], bool], Errors], ...] = (
    (lambda row: row.path not in FOR_MONITORS, (errors.UnknownHost,)),
    # A path of one segment has no other spelling.
    (lambda row: row.path.rfind("/") > 0, (errors.AmbiguousPath,)),
    # Any request may have a body, and every body is received.
    (_always, (errors.BodyTooLarge, errors.SlowBody, errors.LostBody)),
)
"""What the middleware raises for requests of a row: to which rows it applies, and the errors."""


def errors_of(row: Route) -> Errors:
    """Return every error that requests of a row can be answered with: its controller's, its checks', the middleware's.

    Beside them, a crash is answered with `internal_error`, and a method that the path does not have with
    `method_not_allowed`.
    """
    of_checks = [error for check in CHECKS if check.applies(row) for error in check.errors(row)]
    of_layers = [error for applies, kinds in BEFORE_ROUTING if applies(row) for error in kinds]
    return tuple(dict.fromkeys([*row.errors, *of_checks, *of_layers]))
