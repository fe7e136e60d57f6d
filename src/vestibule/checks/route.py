"""One row of the site map: an address and a method, and what is asked of a request before its controller runs.

`checks/order.py` is the list of the checks that read these columns; `checks/answer.py` runs it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any

import msgspec

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import Guard
from vestibule.checks.rate_limit import LimitChoice
from vestibule.checks.step_up import Freshness
from vestibule.domain.errors import FieldError, VestibuleError
from vestibule.http.call import Answer, Call

Controller = Callable[[Call[Any]], Awaitable[Answer]]
RowCheck = Callable[[Call[Any]], Awaitable[None]]
Reshape = Callable[[Call[Any], dict[str, Any]], dict[str, Any]]
FieldRules = Callable[[Call[Any]], Mapping[str, FieldError]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address and method. `guard` and `authorised_by` have no default: no route is public by forgetting, and none
    takes a credential by accident. `routes/_kinds.py` names the values that many rows share.

    `whole_user`: the controller or a check needs `Call.principal`, the caller's user and session as rows; without it
    the caller is known by what the session check returns, which usually costs no database read.
    `fresh` decides which requests need a proof from the last minutes that it is still the same user (ASVS 7.5.1).
    `rules` returns the errors of a body, by field, under rules that need no I/O and that its schema cannot know. They
    are named together with the schema's own, and take nothing from a limit; neither does a refusal by `check`.
    `form` marks a body that is a form, as in OAuth, and not JSON. `reshape` returns the body's members in the form of
    `body`, for clients that send others; the errors then name those of `body`.
    `answers` maps status codes to a schema or a media type; `errors` are those that the controller raises and no
    check does.
    """

    method: str
    path: str
    controller: Controller
    _: KW_ONLY
    guard: Guard
    authorised_by: AuthorisedBy
    whole_user: bool = False
    answers: Mapping[int, Any]
    limit: LimitChoice | None = None
    rules: FieldRules | None = None
    check: RowCheck | None = None
    fresh: Freshness | None = None
    body: Any = None
    body_required: bool = True
    form: bool = False
    reshape: Reshape | None = None
    query: type[msgspec.Struct] | None = None
    errors: tuple[type[VestibuleError], ...] = ()
    tags: tuple[str, ...] = field(default=("system",))
