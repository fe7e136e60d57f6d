"""Under attack, strangers show a proof of work; browsers where somebody signed in before do not."""

from vestibule.crypto.proof_of_work import Puzzles
from vestibule.domain.device import Device
from vestibule.domain.errors import ProofOfWorkRequired
from vestibule.domain.instant import MINUTE, Duration
from vestibule.domain.ports import Clock
from vestibule.domain.rate_limit import Limit
from vestibule.services.known_devices import KnownDevices
from vestibule.services.pressure import Pressure
from vestibule.services.rate_limits import RateLimits

LIFETIME: Duration = 5 * MINUTE
_ONCE = Limit("proof-of-work", 1, 2 * LIFETIME)
# Whoever signs in somewhere gets such a cookie, attackers too: a few requests each are worth no more than that.
_KNOWN = Limit("known-device", 10, 15 * MINUTE)


class ProofOfWork:
    """Each proof counts once, on all workers."""

    def __init__(
        self, puzzles: Puzzles, clock: Clock, limits: RateLimits, known: KnownDevices, pressure: Pressure
    ) -> None:
        self._puzzles = puzzles
        self._clock = clock
        self._limits = limits
        self._known = known
        self._pressure = pressure

    async def check(self, answer: str, device: Device) -> None:
        """Let this request go on. Raises ProofOfWorkRequired, with a puzzle."""
        bits = self._pressure.work_bits
        if not bits:
            return
        if not answer and self._known.is_ours(device.known) and await self._first(_KNOWN, device.known):
            return
        solved = self._puzzles.solved(answer, bits, self._clock.now()) if answer else None
        if solved is None or not await self._first(_ONCE, solved):
            raise ProofOfWorkRequired(challenge=self._challenge(bits))

    async def _first(self, limit: Limit, key: str) -> bool:
        return (await self._limits.reserve((limit, key)))[0].allowed

    def _challenge(self, bits: int) -> dict[str, object]:
        puzzle = self._puzzles.new(bits, self._clock.now() + LIFETIME)
        return {"algorithm": "SHA-256", "bits": bits, "puzzle": puzzle}
