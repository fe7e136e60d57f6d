"""The kinds of password hash in use, so that a password check takes as long for every account, whatever its kind."""

from collections.abc import Mapping, Sequence

from vestibule.crypto.passwords import PasswordHashes, profile
from vestibule.domain.instant import DAY, MINUTE, Duration, Instant
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database

_REFRESH: Duration = MINUTE
_NOTED: Duration = DAY


class HashProfiles:
    """Keeps one example hash of each kind (algorithm and cost) in use. Usually there is one kind; after a change of
    policy or an import there are more, until those users have signed in.
    """

    def __init__(self, database: Database, clock: Clock, hashes: PasswordHashes) -> None:
        self._database = database
        self._clock = clock
        self._hashes = hashes
        self._examples: Mapping[str, str] = {}
        self._read_at: Instant = 0
        self._noted: dict[str, Instant] = {}

    async def examples(self) -> Sequence[str]:
        """Return one hash of each kind in use. No account has any of them."""
        now = self._clock.now()
        if not self._examples or now - self._read_at > _REFRESH:
            async with self._database.reading() as work:
                self._examples = await work.hash_profiles.all()
            self._read_at = now
            await self.meet(await self._hashes.example())
        return list(self._examples.values())

    async def meet(self, stored: str) -> None:
        """Note that a user has this hash, so its kind is in use. A text that is no hash (a damaged row) is ignored."""
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
