"""Limits by address and altogether, taken once a request is valid and before it costs anything."""

from collections.abc import Callable
from typing import Any

from vestibule.domain.errors import RateLimited
from vestibule.domain.instant import SECOND, seconds_until
from vestibule.domain.ip_address import limit_key
from vestibule.domain.principal import Principal
from vestibule.domain.rate_limit import Allowance, Limit, LimitPolicy
from vestibule.http.call import Call
from vestibule.services.login.method import Asked

_EVERYBODY = "*"
LimitChoice = Callable[[LimitPolicy, Call[Any]], tuple[Limit, ...]]


def login(policy: LimitPolicy, _: Call[Any]) -> tuple[Limit, ...]:
    """Sign-ins: by address, then altogether."""
    return policy.login_address, policy.login_global


def registration(policy: LimitPolicy, _: Call[Any]) -> tuple[Limit, ...]:
    """Registrations, also those that meet a taken name: they tell that it is taken."""
    return (policy.registration_address,)


def steps(policy: LimitPolicy, call: Call[Any]) -> tuple[Limit, ...]:
    """Steps of an attempt: a proof counts as a sign-in, whatever door it comes through (ASVS 6.1.3); beginning, and
    asking whether a mailed link was opened, do not.
    """
    proof = call.body.proof() if hasattr(call.body, "proof") else None
    if proof is None or isinstance(proof, Asked):
        return (policy.step_address,)
    return policy.login_address, policy.login_global


def codes(policy: LimitPolicy, _: Call[Any]) -> tuple[Limit, ...]:
    """Everything about links and codes, and changes that need a password."""
    return (policy.code_address,)


def is_guess(call: Call[Any], choice: LimitChoice) -> bool:
    """Whether a stranger could try out secrets or addresses with this request, or have mails sent."""
    if isinstance(call.caller, Principal):
        return False
    return choice is not steps or choice(call.services.rate_limits.policy, call)[0].name == "login"


async def reserve(call: Call[Any], choice: LimitChoice) -> None:
    """Take one use of each limit. Raises RateLimited; notes the RateLimit headers for any answer."""
    limits = choice(call.services.rate_limits.policy, call)
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
