"""The entry point of `python -m vestibule` and of the command `vestibule`."""

import io
import os
import sys

from vestibule.cli import app
from vestibule.observability.lasting_stderr import outlive_a_full_disk


def main() -> None:
    """Run the command line."""
    outlive_a_full_disk()
    if sys.stdin is None:  # closed: a question then has no answer, and is no error
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 shows what it can
    app()


if __name__ == "__main__":
    main()
