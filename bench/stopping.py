"""Stops a run cleanly: SIGTERM unwinds it as Ctrl-C does, so that its servers, database and checkouts go with it."""

import signal
import sys
from types import FrameType


def stop_on_sigterm() -> None:
    """Let SIGTERM raise SystemExit(143) in the main thread; a second one does not interrupt what cleans up."""
    signal.signal(signal.SIGTERM, _stop)


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
