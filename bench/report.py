"""Writes figures as a table, to results.json and into docs/performance.md."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True)
class Figure:
    """One measured figure. `bar` is its limit ('>= 0.5', '<= 75'); `absolute`: the values behind a ratio."""

    name: str
    value: float
    unit: str
    bar: str = ""
    absolute: str = ""

    @property
    def met(self) -> str:
        if not self.bar:
            return ""
        sign, limit = self.bar.split()
        value = round(self.value, 2)
        return "yes" if (value >= float(limit) if sign == ">=" else value <= float(limit)) else "no"

    def row(self) -> str:
        digits = 0 if self.value >= 1000 or self.value == int(self.value) else 2
        return f"| {self.name} | {self.value:,.{digits}f} {self.unit} | {self.bar} | {self.met} | {self.absolute} |"


@dataclass(frozen=True)
class Rate:
    """How fast one engine answers one kind of request: answers per second, milliseconds until the answer, errors, and
    microseconds of CPU per answer. `database_us` is None where the server does the database's work itself.
    """

    load: str
    engine: str
    rate: float
    p50_ms: float
    p99_ms: float
    errors: int
    server_us: float
    database_us: float | None

    def row(self) -> str:
        database = "" if self.database_us is None else f"{self.database_us:,.0f}"
        return (
            f"| {self.load} | {self.engine} | {self.rate:,.0f} | {self.p50_ms:,.1f} | {self.p99_ms:,.1f} "
            f"| {self.errors} | {self.server_us:,.0f} | {database} |"
        )


Row = Figure | Rate


def _table(head: str, rows: Sequence[Row]) -> str:
    return "\n".join([head, "|---" * (head.count("|") - 1) + "|", *(row.row() for row in rows)]) if rows else ""


def figures_table(rows: Sequence[Row]) -> str:
    """Return the table of the ratios and sizes; empty without any."""
    figures = [row for row in rows if isinstance(row, Figure)]
    return _table("| figure | measured | bar | met | absolute, medians |", figures)


def rates_table(rows: Sequence[Row]) -> str:
    """Return the table of the rates; empty without any."""
    rates = [row for row in rows if isinstance(row, Rate)]
    return _table("| load | engine | /s | p50 ms | p99 ms | errors | server us | database us |", rates)


def with_block(text: str, name: str, content: str) -> str:
    """Return a page with another content between its marks of this name. ValueError if it has no such marks."""
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if begin not in text or end not in text:
        raise ValueError(f"the page has no marks named {name}")
    before, _, rest = text.partition(begin)
    return f"{before}{begin}\n{content}\n{end}{rest.partition(end)[2]}"


def write(rows: Sequence[Row], machine: dict[str, str]) -> None:
    """Store a whole run, as data in bench/results.json and as tables in docs/performance.md."""
    figures = [asdict(row) | {"met": row.met} for row in rows if isinstance(row, Figure)]
    rates = [asdict(row) for row in rows if isinstance(row, Rate)]
    kept = {"machine": machine, "figures": figures, "rates": rates}
    (ROOT / "bench" / "results.json").write_text(json.dumps(kept, indent=2) + "\n")
    about = "Measured on " + "; ".join(machine.values()) + ".\n\n"
    text = with_block(PAGE.read_text(), "bench", about + figures_table(rows))
    PAGE.write_text(with_block(text, "bench rates", about + rates_table(rows)))
