"""Declared profile fields as the reference systems have them: members of `user` and of a registration itself."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import cache, wraps
from typing import Any

import msgspec

from vestibule.http.call import Answer, Call

Controller = Callable[[Call[Any]], Awaitable[Answer]]


@cache
def flattened(controller: Controller) -> Controller:
    """Return a controller whose answers have the values of profile fields in `user`, too."""

    @wraps(controller)
    async def answered(call: Call[Any]) -> Answer:
        return flat(await controller(call))

    return answered


def flat(answer: Answer) -> Answer:
    """Return an answer that has the values of `user.profile` in `user`, too. Members of `user` itself stay."""
    body = msgspec.to_builtins(answer.body)
    user = body.get("user") if isinstance(body, dict) else None
    if not user or not user["profile"]:
        return answer
    return replace(answer, body=None, content=msgspec.json.encode({**body, "user": {**user["profile"], **user}}))


def nested(call: Call[Any], members: dict[str, Any]) -> dict[str, Any]:
    """`Route.reshape`: members that are declared profile fields move into `profile`."""
    return call.config.profile_fields.nested(members)
