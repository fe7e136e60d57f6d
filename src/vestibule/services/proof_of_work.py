"""Under attack, strangers show a proof of work; a browser where a user signed in before does not, at that account."""

from vestibule.crypto.proof_of_work import Puzzles
from vestibule.domain.device import Device
from vestibule.domain.errors import ProofOfWorkRequired
from vestibule.domain.instant import MINUTE, Duration
from vestibule.domain.ports import Clock
from vestibule.domain.rate_limit import Limit
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.known_devices import KnownDevices
from vestibule.services.pressure import Pressure
from vestibule.services.rate_limits import RateLimits

LIFETIME: Duration = 5 * MINUTE
_ONCE = Limit("proof-of-work", 1, 2 * LIFETIME)
# For each user, whatever browsers and cookies there are: a cookie is renewed by signing in.
_KNOWN = Limit("known-device", 10, 15 * MINUTE)


class ProofOfWork:
    """Each proof counts once, on all workers."""

    def __init__(
        self,
        database: Database,
        puzzles: Puzzles,
        clock: Clock,
        limits: RateLimits,
        known: KnownDevices,
        pressure: Pressure,
    ) -> None:
        self._database = database
        self._puzzles = puzzles
        self._clock = clock
        self._limits = limits
        self._known = known
        self._pressure = pressure

    async def check(self, answer: str, device: Device, *, identifier: str = "", attempt_id: str = "") -> None:
        """Let this request go on. Raises ProofOfWorkRequired, with a puzzle.

        `identifier` (in canonical form) or `attempt_id` says which account it is about. Every attacker has a known
        device's cookie, of an account of his own: it saves work at that account only, and a request that names no
        account is a stranger's.
        """
        bits = self._pressure.work_bits
        if not bits:
            return
        if not answer and await self._is_known(device, identifier, attempt_id):
            return
        solved = self._puzzles.solved(answer, bits, self._clock.now()) if answer else None
        if solved is None or not await self._first(_ONCE, solved):
            raise ProofOfWorkRequired(challenge=self._challenge(bits))

    async def _is_known(self, device: Device, identifier: str, attempt_id: str) -> bool:
        if not self._known.is_ours(device.known):
            return False
        user = await self._account(identifier, attempt_id)
        return user is not None and self._known.knows(user, device) and await self._first(_KNOWN, user.id)

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

    def _challenge(self, bits: int) -> dict[str, object]:
        puzzle = self._puzzles.new(bits, self._clock.now() + LIFETIME)
        return {"algorithm": "SHA-256", "bits": bits, "puzzle": puzzle}
