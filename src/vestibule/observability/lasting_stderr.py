"""Standard error that outlives a full disk."""

import io
import os
import sys
from contextlib import suppress
from typing import Any

_STDERR = 2


class LastingStderr(io.RawIOBase):
    """Standard error whose writes never fail. A log line that cannot be written must not make a request fail: it is
    lost, and a full disk is for other monitoring to report.
    """

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return _STDERR

    def isatty(self) -> bool:
        return os.isatty(_STDERR)

    def write(self, data: Any) -> int:
        left = memoryview(data)
        with suppress(OSError):
            while left:
                left = left[os.write(_STDERR, left) :]
        return len(data)


def outlive_a_full_disk() -> None:
    """Make writes to standard error never fail from here on, in this process and in those that it forks."""
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(LastingStderr()), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )
