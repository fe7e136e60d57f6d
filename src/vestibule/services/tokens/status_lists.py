"""The revocation feed: signed lists of ended sessions, and notice that they changed (Token Status List)."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from vestibule.domain.errors import Denied, TooManyFollowers
from vestibule.domain.instant import MINUTE, Duration, Instant, to_seconds
from vestibule.domain.ip_address import limit_key, site_key
from vestibule.domain.ports import Clock
from vestibule.domain.status_list import LIST_SIZE, StatusList, StatusPolicy, packed
from vestibule.repositories.unit_of_work import Database
from vestibule.services.tokens.signing_keys import SigningKeys
from vestibule.tasks import SupervisedTask

STATUS_LIST_TYPE = "statuslist+jwt"
MAX_AGE_SECONDS = 5
_LIFETIME: Duration = 5 * MINUTE
_FRESH: Duration = MINUTE
_LEEWAY: Duration = 2 * MINUTE  # the clocks of servers that check tokens may differ
_POLL_SECONDS = 0.5
_KEEPALIVE_SECONDS = 15.0
_MOST_FOLLOWERS = 1000
_MOST_OF_ONE_ADDRESS = 50
_MOST_OF_ONE_SITE = 200


class StatusLists:
    """Makes the signed lists. A bit stays set as long as a token of its session may live; after that the token's own
    expiry refuses it.
    """

    def __init__(self, database: Database, clock: Clock, keys: SigningKeys, policy: StatusPolicy) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys
        self._policy = policy
        self._made: dict[int, tuple[StatusList, Instant]] = {}

    async def addresses(self) -> list[str]:
        """Return the addresses of the lists in which live sessions may be (Token Status List section 9.3)."""
        async with self._database.reading() as work:
            free, _ = await work.status_indexes.bounds()
            oldest = await work.status_indexes.oldest()
        last = max(free - 1, 0)
        numbers = range((last if oldest is None else oldest) // LIST_SIZE, last // LIST_SIZE + 1)
        return [self._policy.address(number) for number in numbers]

    async def signed(self, number: int) -> StatusList | None:
        """Return the list of this number, signed; None when no session has a place in it. It is signed anew when a
        session ended, and once a minute.
        """
        now = self._clock.now()
        async with self._database.reading() as work:
            generation = await work.revocations.generation()
            made = self._made.get(number)
            if made is not None and made[0].generation == generation and now < made[1]:
                return made[0]
            free, void_before = await work.status_indexes.bounds()
            if not 0 <= number * LIST_SIZE < max(free, 1):
                return None
            ended = await work.status_indexes.ended(number, now - self._policy.access_lifetime - _LEEWAY)
        bits = packed(ended, all_ended=(number + 1) * LIST_SIZE <= void_before)
        made_now = StatusList(await self._sign(number, bits, now), generation)
        self._made[number] = (made_now, now + _FRESH)
        return made_now

    async def generation(self) -> int:
        """Return a number that grows whenever sessions end."""
        async with self._database.reading() as work:
            return await work.revocations.generation()

    async def _sign(self, number: int, bits: str, now: Instant) -> str:
        claims = {
            "iss": self._policy.issuer,
            "sub": self._policy.address(number),
            "iat": to_seconds(now),
            "exp": to_seconds(now + _LIFETIME),
            "ttl": MAX_AGE_SECONDS,
            "status_list": {"bits": 1, "lst": bits},
        }
        return (await self._keys.signer()).sign(claims, typ=STATUS_LIST_TYPE)


class StatusChanges:
    """Notifies followers that the lists changed. One database query per poll serves all followers of this worker."""

    def __init__(self, lists: StatusLists) -> None:
        self._lists = lists
        self._followers: dict[asyncio.Event, tuple[str, str]] = {}
        self._newest = 0
        self._stopped = False
        self._watching = SupervisedTask("status_changes", self._look, wanted=self._is_followed)

    def follow(self, address: str, seen: int | None) -> "AsyncGenerator[int | None] | Denied":
        """Yield the newest generation whenever it grows, beginning with the present one unless it is `seen`; yield None
        after 15 seconds without a change. Denied (TooManyFollowers) when too many follow already: in total, from this
        address (an IPv6 /64), or from the site around it.
        """
        place = limit_key(address), site_key(address)
        return self._changes(place, seen) if self._has_room(place) else Denied(TooManyFollowers())

    def stop(self) -> None:
        """End every stream, because this worker ends: followers connect to another one."""
        self._stopped = True
        self._watching.cancel()
        for changed in self._followers:
            changed.set()

    def _has_room(self, place: tuple[str, str]) -> bool:
        if self._stopped or len(self._followers) >= _MOST_FOLLOWERS:
            return False
        others = self._followers.values()
        return (
            sum(1 for key, _ in others if key == place[0]) < _MOST_OF_ONE_ADDRESS
            and sum(1 for _, site in others if site == place[1]) < _MOST_OF_ONE_SITE
        )

    async def _changes(self, place: tuple[str, str], seen: int | None) -> AsyncGenerator[int | None]:
        # Counted from the first read on: a client that disconnects before that never counts. Room is checked again, for
        # clients that came together.
        if not self._has_room(place):
            return
        changed = asyncio.Event()
        self._followers[changed] = place
        try:
            self._newest = max(self._newest, await self._lists.generation())
            self._watching.start()
            while not self._stopped:
                changed.clear()
                if self._newest != seen:
                    seen = self._newest
                    yield seen
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), _KEEPALIVE_SECONDS)
                    continue
                yield None
        finally:
            del self._followers[changed]

    def _is_followed(self) -> bool:
        return bool(self._followers) and not self._stopped

    async def _look(self) -> None:
        newest = await self._lists.generation()
        if newest != self._newest:
            self._newest = newest
            for changed in self._followers:
                changed.set()
        await asyncio.sleep(_POLL_SECONDS)
