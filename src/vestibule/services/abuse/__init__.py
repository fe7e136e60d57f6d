"""Protection against guessing and floods: rate limits, attack detection, device cookies, proof of work, CSRF tokens."""

from dataclasses import dataclass

from vestibule.services.abuse.attack_detection import AttackDetection
from vestibule.services.abuse.csrf import Csrf
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.proof_of_work import ProofOfWork
from vestibule.services.abuse.rate_limits import RateLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class AbuseServices:
    """The services of the abuse area; each attribute is named after its module."""

    attack_detection: AttackDetection
    csrf: Csrf
    device_cookies: DeviceCookies
    proof_of_work: ProofOfWork
    rate_limits: RateLimits
