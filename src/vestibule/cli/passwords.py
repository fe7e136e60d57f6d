"""`vestibule passwords`: build the filter file from a list of stolen passwords."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from vestibule.adapters import password_filter
from vestibule.cli._common import fail, say
from vestibule.settings import Problem

app = typer.Typer(help="Lists of stolen passwords.", no_args_is_help=True)


@app.command("build-filter")
def build_filter(
    source: Annotated[Path, typer.Argument(help="Text file: a password or a SHA-1 hash (`hash:count`) per line.")],
    target: Annotated[Path, typer.Argument(help="The filter file to write, for VESTIBULE_BREACHED_FILTER.")],
    false_positives: Annotated[
        float, typer.Option(help="Share of good passwords that are refused by mistake.", min=1e-9, max=0.1)
    ] = 0.001,
) -> None:
    """Write a Bloom filter of stolen passwords for VESTIBULE_BREACHED_FILTER; servers map it into memory."""
    if not source.is_file():
        fail(Problem(str(source), "no such file", "a text file with one entry per line", "Name the downloaded list."))
    entries = sum(1 for _ in _lines(source))
    if entries == 0:
        fail(Problem(str(source), "no lines", "one entry per line", "Name the downloaded list."))
    built = password_filter.build(_lines(source), target, entries=entries, false_positives=false_positives)
    say(
        f"{target}: {built.entries:,} entries, {built.size:,} bytes, "
        f"one good password in {round(1 / built.false_positives):,} refused by mistake."
    )


def _lines(source: Path) -> Iterator[str]:
    with source.open(encoding="utf-8", errors="surrogateescape") as file:
        for line in file:
            if line.strip():
                yield line
