"""What the application's log says about Vestibule, under the name `vestibule_client`."""

import logging
import time

_LOG = logging.getLogger("vestibule_client")
_REPEAT = 60.0  # seconds
_MOST = 100


class Notices:
    """Writes each message at most once a minute, so that an outage does not fill the log."""

    def __init__(self) -> None:
        self._written: dict[str, float] = {}

    def write(self, level: int, message: str) -> None:
        """Write this message unless it was written less than a minute ago. Messages contain no secrets."""
        now = time.monotonic()
        if now - self._written.get(message, -_REPEAT) < _REPEAT:
            return
        if len(self._written) >= _MOST:
            self._written.clear()
        self._written[message] = now
        _LOG.log(level, message)
