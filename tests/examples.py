"""How many examples a property test tries: all of them in `make fuzz`, an eighth in `make test`."""

import os

from hypothesis import settings

FUZZ = os.environ.get("VESTIBULE_TEST_PROFILE") == "fuzz"


def examples(full: int) -> int:
    """How many of `full` examples this run tries; never fewer than two, so that one is not the simplest."""
    return full if FUZZ else max(2, full // 8)


def load_profile() -> None:
    """What a test gets that asks for no settings of its own."""
    # A test that fails on a slow machine says nothing about the code.
    settings.register_profile("ours", deadline=None, max_examples=examples(100))
    settings.load_profile("ours")
