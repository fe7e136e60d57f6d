"""Rate limits shared by all workers: a use is reserved and committed before the work that it protects."""

from dataclasses import dataclass

from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.errors import Denied, RateLimited
from vestibule.domain.instant import Instant, seconds_until
from vestibule.domain.ports import Clock
from vestibule.domain.rate_limit import Allowance, Limit, LimitPolicy, Tried
from vestibule.repositories.unit_of_work import Database, UnitOfWork


@dataclass(eq=False, repr=False)
class RateLimits:
    """Reserves uses of limits. Each reservation is a transaction of its own, so a refused or failed request stays
    counted.
    """

    _database: Database
    _clock: Clock
    policy: LimitPolicy
    _hasher: TokenHasher

    def now(self) -> Instant:
        """Return the time that allowances are measured by (microseconds since 1970 UTC)."""
        return self._clock.now()

    async def reserve(self, *uses: tuple[Limit, str]) -> list[Allowance]:
        """Take one use of each limit, in order, stopping at the first that refuses. `uses`: limits, each with the key
        that its uses are counted under. Returns the allowances up to there, in this order.
        """
        now = self._clock.now()
        async with self._database.autocommit() as work:
            return await work.rate_limits.reserve_in_order(
                [(limit, self._key(limit.name, key)) for limit, key in uses], now
            )

    async def count_failure(self, account: str) -> Tried | Denied:
        """Reserve one try at any secret of this account; Denied (RateLimited) when no try is allowed now."""
        return await self._count(self.account_key(account))

    async def count_factor_failure(self, account: str) -> Tried | Denied:
        """Reserve one try at this account's second factor; Denied (RateLimited) when no try is allowed now.

        It is counted with all tries, and once more by itself: a new password must not buy new guesses at the factor.
        """
        counted = await self.count_failure(account)
        return counted if isinstance(counted, Denied) else await self._count(self.factor_key(account))

    async def release(self, work: UnitOfWork, account: str) -> None:
        """Forget the account's failures: the password was right, or replaced. Those of the second factor stay."""
        await work.rate_limits.release(self.account_key(account))

    async def release_factor(self, work: UnitOfWork, account: str) -> None:
        """Forget the failures of the account's second factor, because it was proved or removed."""
        await work.rate_limits.release(self.factor_key(account))

    def account_key(self, account: str) -> str:
        """Return the key under which all failures of this account are counted."""
        return self._key("account", account)

    def factor_key(self, account: str) -> str:
        """Return the key under which failures of this account's second factor are counted."""
        return self._key("factor", account)

    async def _count(self, key: str) -> Tried | Denied:
        now = self._clock.now()
        async with self._database.autocommit() as work:
            counted = await work.rate_limits.count_failure(self.policy.account_failures, key, now)
        if isinstance(counted, Tried):
            return counted
        return Denied(RateLimited(retry_after=seconds_until(counted, now)))

    async def may_mail(self, work: UnitOfWork, address: str) -> bool:
        """Take one use of the address's email limit, in the transaction `work`; return whether an email may be sent."""
        limit = self.policy.mail_recipient
        return (await work.rate_limits.reserve(limit, self._key(limit.name, address), self._clock.now())).allowed

    def _key(self, name: str, value: str) -> str:
        # Hashed: the table must not become a list of the addresses that were tried.
        return f"{name}:{self._hasher.digest('rate-limit', value)[:32]}"
