"""Ceremonies of a signed-in user: a challenge or TOTP seed that waits for the user's answer, bound to one session."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vestibule.crypto.entropy import new_id
from vestibule.domain.instant import MINUTE, Duration
from vestibule.domain.login import AttemptPurpose, LoginAttempt, Once
from vestibule.domain.pending import PendingItems, SingleUse
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.principal import Principal
from vestibule.repositories.unit_of_work import Database

_LIFETIME: Duration = 10 * MINUTE
_MOST_TRIES = 10


@dataclass(frozen=True, slots=True)
class Ceremony:
    """A passkey about to be created: the id of the ceremony that has its challenge, and the browser's options."""

    id: str
    options: Mapping[str, Any] = field(repr=False)


class Ceremonies:
    """Starts and ends ceremonies. Each is stored as a login attempt with a purpose of its own, which no sign-in or
    step-up accepts.
    """

    def __init__(self, database: Database, clock: Clock, entropy: Entropy) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy

    async def begin(self, principal: Principal, item: SingleUse) -> str:
        """Store the item that the answer will be checked against, for ten minutes. Returns the ceremony's id."""
        now = self._clock.now()
        attempt = LoginAttempt(
            id=new_id("attempt", now, self._entropy),
            purpose=AttemptPurpose.CEREMONY,
            session_type=principal.session_type,
            binding_hash=None,
            session_id=principal.session.id,
            identifier="",
            user_id=principal.user.id,
            evidence=(),
            pending=PendingItems().plus(item),
            submissions=0,
            created_at=now,
            expires_at=now + _LIFETIME,
        )
        async with self._database.writing() as work:
            await work.login_attempts.add(attempt)
        return attempt.id

    async def take(self, principal: Principal, ceremony: str, kind: type[Once], *, keep: bool = False) -> Once | None:
        """Return the item of this class of a ceremony that this session began. None when the ceremony is unknown,
        finished or expired, belongs to another session, or has no such item.

        The ceremony ends with this call. With `keep` it stays open and allows ten tries, because a code may be
        mistyped.
        """
        async with self._database.writing() as work:
            attempt = await work.login_attempts.find_open(ceremony, self._clock.now())
            if attempt is None or attempt.purpose is not AttemptPurpose.CEREMONY:
                return None
            taken = attempt.take(kind)
            if attempt.session_id != principal.session.id or taken is None:
                return None
            if keep:
                alive = await work.login_attempts.reserve(ceremony, _MOST_TRIES, self._clock.now())
            else:
                alive = await work.login_attempts.finish(ceremony, self._clock.now())
        return taken[0] if alive else None
