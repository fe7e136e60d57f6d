"""Device cookies of browsers where a user signed in before: failures elsewhere do not lock them out there (OWASP)."""

from vestibule.crypto.device_cookies import SignedDeviceCookies
from vestibule.domain.device import Device
from vestibule.domain.instant import DAY, Duration
from vestibule.domain.ports import Clock
from vestibule.domain.user import User

LIFETIME: Duration = 180 * DAY


class DeviceCookies:
    """Creates and checks device cookies. A device cookie signs in no one: guesses that come with it have a count of
    their own, with the same number of free tries as every account.

    A reset, a lockdown or a restored backup (the user's `not_before`) makes older cookies worthless.
    """

    def __init__(self, cookies: SignedDeviceCookies, clock: Clock) -> None:
        self._cookies = cookies
        self._clock = clock

    def cookie(self, user: User) -> str:
        """Return a new device cookie for a browser where this user has just signed in."""
        return self._cookies.new(user.id, self._clock.now())

    def is_ours(self, cookie: str) -> bool:
        """Return whether this server issued the cookie, to any user; an invented cookie is refused."""
        return bool(cookie) and self._cookies.is_ours(cookie)

    def knows(self, user: User, device: Device) -> bool:
        """Return whether this user signed in on this device before: its cookie is the user's, and current."""
        return self._nonce(user, device) is not None

    def bucket(self, user: User, device: Device) -> str:
        """Return the key under which failures are counted: the account, or this device cookie of the account."""
        nonce = self._nonce(user, device)
        return user.id if nonce is None else f"{user.id}/{nonce}"

    def _nonce(self, user: User, device: Device) -> str | None:
        found = self._cookies.read(user.id, device.cookie) if device.cookie else None
        if found is None:
            return None
        nonce, issued_at = found
        now = self._clock.now()
        is_current = user.not_before <= issued_at <= now and now - issued_at < LIFETIME
        return nonce if is_current else None
