"""Limits by address and altogether, taken once a request is valid and before it costs anything."""

from collections.abc import Callable
from typing import Any

from vestibule.domain.errors import RateLimited
from vestibule.domain.instant import SECOND, seconds_until
from vestibule.domain.rate_limit import Allowance, Limit, LimitPolicy
from vestibule.http.call import Call
from vestibule.http.client_address import limit_key

_EVERYBODY = "*"
LimitChoice = Callable[[LimitPolicy], tuple[Limit, ...]]


def login(policy: LimitPolicy) -> tuple[Limit, ...]:
    """Sign-ins: by address, then altogether."""
    return policy.login_address, policy.login_global


def registration(policy: LimitPolicy) -> tuple[Limit, ...]:
    """Registrations, also those that meet a taken name: they tell that it is taken."""
    return (policy.registration_address,)


def steps(policy: LimitPolicy) -> tuple[Limit, ...]:
    """Steps of a half-finished login, which also asks again and again whether a mailed link was opened."""
    return (policy.step_address,)


def codes(policy: LimitPolicy) -> tuple[Limit, ...]:
    """Everything about links and codes, and changes that need a password."""
    return (policy.code_address,)


async def reserve(call: Call[Any], choice: LimitChoice) -> None:
    """Take one use of each limit. Raises RateLimited; notes the RateLimit headers for any answer."""
    limits = choice(call.services.rate_limits.policy)
    address = limit_key(call.device.address)
    uses = [(limit, _EVERYBODY if limit.name.endswith("global") else address) for limit in limits]
    taken = await call.services.rate_limits.reserve(*uses)
    now = call.services.rate_limits.now()
    call.limit_headers.update(_headers(taken[0], now))
    if not taken[-1].allowed:
        raise RateLimited(retry_after=seconds_until(taken[-1].retry_at, now))


def _headers(allowance: Allowance, now: int) -> dict[str, str]:
    limit = allowance.limit
    reset = max(0, -((now - allowance.retry_at) // SECOND))
    return {
        "RateLimit-Policy": f'"{limit.name}";q={limit.burst};w={limit.period // SECOND}',
        "RateLimit": f'"{limit.name}";r={allowance.remaining};t={reset}',
    }
