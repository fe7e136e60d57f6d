"""Which kinds of password hash there are, so that checking any of them takes as long as checking all of them."""

from collections.abc import Mapping, Sequence

from vestibule.crypto.passwords import PasswordHashes, profile
from vestibule.domain.instant import DAY, MINUTE, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database

_REFRESH: Duration = MINUTE
_NOTED: Duration = DAY


class HashProfiles:
    """Usually one. After a change of policy or an import there are more, until those users have signed in."""

    def __init__(self, database: Database, clock: Clock, hashes: PasswordHashes) -> None:
        self._database = database
        self._clock = clock
        self._hashes = hashes
        self._examples: Mapping[str, str] = {}
        self._read_at: Instant = 0
        self._noted: dict[str, Instant] = {}

    async def examples(self) -> Sequence[str]:
        """One hash of each kind; nobody has them."""
        now = self._clock.now()
        if not self._examples or now - self._read_at > _REFRESH:
            async with self._database.reading() as work:
                self._examples = await work.hash_profiles.all()
            self._read_at = now
            await self.meet(await self._hashes.example())
        return list(self._examples.values())

    async def meet(self, stored: str) -> None:
        """A user has this hash: its kind is in use. What is no hash (a damaged row) is passed over."""
        kind, now = profile(stored), self._clock.now()
        if kind in self._examples and now - self._noted.get(kind, 0) < _NOTED:
            return
        example = self._examples.get(kind) or await self._hashes.like(stored)
        if example is None:
            return
        async with self._database.writing() as work:
            await work.hash_profiles.note(kind, example, now)
        self._examples = {**self._examples, kind: example}
        self._noted[kind] = now
