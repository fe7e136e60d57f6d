"""Writes figures as a table, to results.json and into docs/performance.md."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_BEGIN, _END = "<!-- bench: begin -->", "<!-- bench: end -->"


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


def table(figures: list[Figure]) -> str:
    head = ["| figure | measured | bar | met | absolute, medians |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(figure.row() for figure in figures)])


def write(figures: list[Figure], machine: dict[str, str]) -> None:
    """Store the run, as data in bench/results.json and as a table in docs/performance.md."""
    found = {"machine": machine, "figures": [asdict(figure) | {"met": figure.met} for figure in figures]}
    (ROOT / "bench" / "results.json").write_text(json.dumps(found, indent=2) + "\n")
    page = ROOT / "docs" / "performance.md"
    text = page.read_text()
    before, _, rest = text.partition(_BEGIN)
    about = "Measured on " + "; ".join(machine.values()) + "."
    page.write_text(f"{before}{_BEGIN}\n{about}\n\n{table(figures)}\n{_END}{rest.partition(_END)[2]}")
