"""Limits shared by all workers: reserved and committed before the work they protect."""

from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.errors import Denied, RateLimited
from vestibule.domain.instant import Instant, seconds_until
from vestibule.domain.ports import Clock
from vestibule.domain.rate_limit import Allowance, Limit, LimitPolicy, Tried
from vestibule.repositories.unit_of_work import Database, UnitOfWork


class RateLimits:
    """Each reservation is a unit of work of its own, so a refused or failed request stays counted."""

    def __init__(self, database: Database, clock: Clock, policy: LimitPolicy, hasher: TokenHasher) -> None:
        self._database = database
        self._clock = clock
        self._hasher = hasher
        self.policy = policy

    def now(self) -> Instant:
        """The time that allowances are measured by."""
        return self._clock.now()

    async def reserve(self, *uses: tuple[Limit, str]) -> list[Allowance]:
        """Take one use of each bucket, in order, stopping at the first that refuses."""
        now = self._clock.now()
        async with self._database.stating() as work:
            return await work.rate_limits.reserve_in_order(
                [(limit, self._key(limit.name, key)) for limit, key in uses], now
            )

    async def count_failure(self, account: str) -> Tried | Denied:
        """Reserve one try against this account's secret; Denied when it may not go ahead."""
        now = self._clock.now()
        async with self._database.stating() as work:
            counted = await work.rate_limits.count_failure(self.policy.account_failures, self.account_key(account), now)
        if isinstance(counted, Tried):
            return counted
        return Denied(RateLimited(retry_after=seconds_until(counted, now)))

    async def release(self, work: UnitOfWork, account: str) -> None:
        """The try was right: the account's failures are forgotten."""
        await work.rate_limits.release(self.account_key(account))

    def account_key(self, account: str) -> str:
        """The key under which this account's failures are counted."""
        return self._key("account", account)

    async def may_mail(self, work: UnitOfWork, address: str) -> bool:
        """Whether this address may get one more requested mail this hour."""
        limit = self.policy.mail_recipient
        return (await work.rate_limits.reserve(limit, self._key(limit.name, address), self._clock.now())).allowed

    def _key(self, name: str, value: str) -> str:
        # Hashed: the table must not become a list of addresses that somebody tried.
        return f"{name}:{self._hasher.digest('rate-limit', value)[:32]}"
