"""The entry point of `python -m vestibule` and of the command `vestibule`."""

import io
import os
import sys
from importlib import import_module

from vestibule import __version__
from vestibule.observability.lasting_stderr import outlive_a_full_disk


def main() -> None:
    """Run the command line."""
    outlive_a_full_disk()
    if sys.stdin is None:  # closed: a question then has no answer, and is no error
        sys.stdin = os.fdopen(os.open(os.devnull, os.O_RDONLY), encoding="utf-8")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 shows what it can
    if sys.argv[1:] == ["--version"] and sys.stdout:
        sys.stdout.write(f"{__version__}\n")  # needs no parser, whose import is most of what a short command takes
        return
    import_module("vestibule.cli").app()


if __name__ == "__main__":
    main()
