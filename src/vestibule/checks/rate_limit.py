"""Rate limits by address and for all callers together; a use is taken once a request is valid, before costly work."""

from collections.abc import Callable
from typing import Any

from vestibule.domain.errors import RateLimited
from vestibule.domain.instant import SECOND, seconds_until
from vestibule.domain.ip_address import limit_key
from vestibule.domain.principal import Authenticated
from vestibule.domain.rate_limit import Allowance, Limit, LimitPolicy
from vestibule.http.call import Call
from vestibule.services.login.method import PollForCompletion

_ALL_ADDRESSES = "*"
LimitChoice = Callable[[LimitPolicy, Call[Any]], tuple[Limit, ...]]


def login(policy: LimitPolicy, _: Call[Any]) -> tuple[Limit, ...]:
    """The limits of sign-ins: by address, then for all callers together."""
    return policy.login_address, policy.login_global


def registration(policy: LimitPolicy, _: Call[Any]) -> tuple[Limit, ...]:
    """The limits of registrations. Those that meet a taken name count too, since they reveal that it is taken."""
    return (policy.registration_address,)


def attempts(policy: LimitPolicy, _: Call[Any]) -> tuple[Limit, ...]:
    """The limits of starting a sign-in attempt, which proves and reveals nothing."""
    return (policy.step_address,)


def steps(policy: LimitPolicy, call: Call[Any]) -> tuple[Limit, ...]:
    """The limits of an attempt's steps. A proof counts as a sign-in, whatever the session type (ASVS 6.1.3); polling
    for an emailed link to be opened does not.
    """
    proof = call.body.proof()
    if proof is None or isinstance(proof, PollForCompletion):
        return (policy.step_address,)
    return policy.login_address, policy.login_global


def codes(policy: LimitPolicy, _: Call[Any]) -> tuple[Limit, ...]:
    """The limits of everything about links and codes, and of changes that need a password."""
    return (policy.code_address,)


def is_guess(call: Call[Any], choice: LimitChoice) -> bool:
    """Whether an anonymous caller could use this request to guess secrets or addresses, or to have emails sent."""
    if isinstance(call.caller, Authenticated):
        return False
    return choice is not steps or choice(call.services.abuse.rate_limits.policy, call)[0].name == "login"


async def reserve(call: Call[Any], choice: LimitChoice) -> None:
    """Take one use of each limit, and keep the RateLimit headers for the answer. Raises RateLimited."""
    limits = choice(call.services.abuse.rate_limits.policy, call)
    address = limit_key(call.device.address)
    uses = [(limit, _ALL_ADDRESSES if limit.name.endswith("global") else address) for limit in limits]
    taken = await call.services.abuse.rate_limits.reserve(*uses)
    now = call.services.abuse.rate_limits.now()
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
