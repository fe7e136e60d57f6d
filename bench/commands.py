"""What a short command costs, as a ratio to importing the library that parses its arguments."""

import os
import subprocess
import sys
from statistics import median

from report import Figure

_TIMES = 15


def version() -> Figure:
    """Return the processor time of `vestibule --version` against `import typer`: the median of alternating pairs."""
    pairs = [(_seconds("-m", "vestibule", "--version"), _seconds("-c", "import typer")) for _ in range(_TIMES)]
    ours, theirs = (median(seconds) for seconds in zip(*pairs, strict=True))
    ratio = median(mine / other for mine, other in pairs)
    shown = f"{ours * 1000:.0f} / {theirs * 1000:.0f} ms"
    return Figure("CPU of `vestibule --version` / `python -c 'import typer'`", ratio, "", "<= 2", shown)


def _seconds(*arguments: str) -> float:
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments)
    return used.ru_utime + used.ru_stime
