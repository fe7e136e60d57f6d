"""Browsers where a user signed in before: failures elsewhere do not lock them out (OWASP device cookies)."""

from vestibule.crypto.device_cookies import DeviceCookies
from vestibule.domain.device import Device
from vestibule.domain.instant import DAY, Duration
from vestibule.domain.ports import Clock
from vestibule.domain.user import User

LIFETIME: Duration = 180 * DAY


class KnownDevices:
    """The cookie opens nothing: guesses that come with it are counted by themselves, ten like everybody's.

    A reset, a lockdown or a restored backup (`not_before`) makes older cookies worthless.
    """

    def __init__(self, cookies: DeviceCookies, clock: Clock) -> None:
        self._cookies = cookies
        self._clock = clock

    def cookie(self, user: User) -> str:
        """A fresh one, for a browser where this user has just signed in."""
        return self._cookies.new(user.id, self._clock.now())

    def is_ours(self, cookie: str) -> bool:
        """Whether somebody signed in where this cookie comes from; a cookie that was made up is nobody's."""
        return bool(cookie) and self._cookies.is_ours(cookie)

    def knows(self, user: User, device: Device) -> bool:
        """Whether this user signed in here before."""
        return self._nonce(user, device) is not None

    def bucket(self, user: User, device: Device) -> str:
        """What failures are counted under: the account, or this known device of the account."""
        nonce = self._nonce(user, device)
        return user.id if nonce is None else f"{user.id}/{nonce}"

    def _nonce(self, user: User, device: Device) -> str | None:
        found = self._cookies.read(user.id, device.known) if device.known else None
        if found is None:
            return None
        nonce, issued_at = found
        now = self._clock.now()
        is_current = user.not_before <= issued_at <= now and now - issued_at < LIFETIME
        return nonce if is_current else None
