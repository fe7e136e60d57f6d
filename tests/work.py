"""Work as a number that is the same on every machine: how many functions were called."""

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any


def calls_of(work: Callable[[], Any]) -> Counter[str]:
    """The calls that `work` makes, by the name of the function; what it raises is part of it, and goes no further."""
    found: Counter[str] = Counter()

    def note(frame: Any, event: str, argument: Any) -> None:
        if event == "call":
            found[frame.f_code.co_name] += 1
        elif event == "c_call":
            found[argument.__name__] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    except Exception:  # noqa: BLE001 - a refusal is what is measured
        pass
    finally:
        sys.setprofile(before)
    return found


def amount_of(work: Callable[[], Any]) -> int:
    """How many calls they are altogether."""
    return calls_of(work).total()
