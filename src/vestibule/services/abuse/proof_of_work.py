"""Proof of work: required of clients under attack, except with a device cookie of the account that the request is
about.
"""

from dataclasses import dataclass

from vestibule.crypto.proof_of_work import Puzzles
from vestibule.domain.device import Device
from vestibule.domain.errors import ProofOfWorkRequired
from vestibule.domain.instant import MINUTE, Duration
from vestibule.domain.ports import Clock
from vestibule.domain.rate_limit import Limit
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.abuse.attack_detection import AttackDetection
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits

LIFETIME: Duration = 5 * MINUTE
_ONCE = Limit("proof-of-work", 1, 2 * LIFETIME)
# Counted per user, across all browsers and cookies: signing in renews the cookie, so a count per cookie limits nothing.
_WITH_DEVICE_COOKIE = Limit("device-cookie", 10, 15 * MINUTE)


@dataclass(eq=False, repr=False)
class ProofOfWork:
    """Requires and checks proofs of work. Each proof counts once, across all workers."""

    _database: Database
    _puzzles: Puzzles
    _clock: Clock
    _limits: RateLimits
    _device_cookies: DeviceCookies
    _attack_detection: AttackDetection

    async def check(self, answer: str, device: Device, *, identifier: str = "", attempt_id: str = "") -> None:
        """Let this request go on, or raise ProofOfWorkRequired with a puzzle to solve.

        `identifier` (in canonical form) or `attempt_id` names the account that the request is about. Every attacker can
        have the device cookie of an account of their own: the cookie saves work at that account only, and a request
        that names no account always needs a proof.
        """
        bits = self._attack_detection.work_bits
        if not bits:
            return
        if not answer and await self._has_device_cookie(device, identifier, attempt_id):
            return
        solved = self._puzzles.solved(answer, bits, self._clock.now()) if answer else None
        if solved is None or not await self._first(_ONCE, solved):
            puzzle = self._puzzles.new(bits, self._clock.now() + LIFETIME)
            raise ProofOfWorkRequired(challenge={"algorithm": "SHA-256", "bits": bits, "puzzle": puzzle})

    async def _has_device_cookie(self, device: Device, identifier: str, attempt_id: str) -> bool:
        if not self._device_cookies.is_ours(device.cookie):
            return False
        user = await self._account(identifier, attempt_id)
        return (
            user is not None
            and self._device_cookies.knows(user, device)
            and await self._first(_WITH_DEVICE_COOKIE, user.id)
        )

    async def _account(self, identifier: str, attempt_id: str) -> User | None:
        async with self._database.reading() as work:
            if attempt_id:
                attempt = await work.login_attempts.find_open(attempt_id, self._clock.now())
                if attempt is not None and attempt.user_id is not None:
                    return await work.users.find(attempt.user_id)
                identifier = attempt.identifier if attempt else ""
            return await work.users.find_by_identifier(identifier) if identifier else None

    async def _first(self, limit: Limit, key: str) -> bool:
        return (await self._limits.reserve((limit, key)))[0].allowed
