"""The counted failures of an account that a proof clears."""

from vestibule.domain.device import Device
from vestibule.domain.login import LoginAttempt, Method
from vestibule.domain.user import User
from vestibule.services.abuse.device_cookies import DeviceCookies
from vestibule.services.abuse.rate_limits import RateLimits

# Methods whose secrets can be guessed, so that failures are counted: one set for each of an account's two counters.
_FIRST_SECRETS = frozenset({Method.PASSWORD, Method.EMAIL_CODE})
_FACTOR_SECRETS = frozenset({Method.TOTP, Method.RECOVERY_CODE})


class CountedFailures:
    """Names the counters of failed tries, which start anew once the secret was proved."""

    def __init__(self, limits: RateLimits, device_cookies: DeviceCookies) -> None:
        self._limits = limits
        self._device_cookies = device_cookies

    def cleared_by(self, attempt: LoginAttempt, user: User, device: Device) -> tuple[str, ...]:
        """Return the keys of the failures that this proof clears: those of the secrets proved, and no others."""
        bucket, shown = self._device_cookies.bucket(user, device), {proof.method for proof in attempt.evidence}
        keys = {self._limits.account_key(bucket): _FIRST_SECRETS, self._limits.factor_key(bucket): _FACTOR_SECRETS}
        return tuple(key for key, methods in keys.items() if methods & shown)
