"""What long runs leave under docs/acceptance: when and where each ran, what came of it, and how old that is."""

import platform
import re
import subprocess
import time
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
PAGES = ROOT / "docs" / "acceptance"
_RAN = re.compile(r"^`make [^`]+`, (\d{4}-\d\d-\d\d), at (\w+)", re.MULTILINE)


def write(name: str, title: str, about: str, line: str, table: str) -> None:
    """Write docs/acceptance/NAME.md."""
    PAGES.mkdir(exist_ok=True)
    (PAGES / f"{name}.md").write_text(f"# {title}\n\n{about}\n\n{line}\n\n{table}")


def ran(command: str) -> str:
    """Return the line that says what ran, when, at which commit, and with which versions."""
    node, npm = _printed("node", "--version").removeprefix("v"), _printed("npm", "--version")
    versions = f"Python {platform.python_version()}, Node {node}, npm {npm}"
    return f"`{command}`, {_today()}, at {_commit()}, with {versions}."


def age(name: str, command: str, pages: Path = PAGES) -> str:
    """Return the line that says how many days ago a page was written, or that it never was."""
    page = pages / f"{name}.md"
    found = _RAN.search(page.read_text()) if page.exists() else None
    if found is None:
        return f"{name}: never ran here; write `{command}`"
    days = (_today() - date.fromisoformat(found[1])).days
    return f"{name}: {days} days ago ({found[1]}, at {found[2]})"


def row_of(case: ET.Element) -> str:
    """Return a row of a table: a test, its result, its seconds."""
    group = " ".join(re.findall(r"[A-Z][a-z]*", case.get("classname", "").rpartition(".Test")[2])).lower()
    name = case.get("name", "").removeprefix("test_").replace("_", " ").replace("[", " (").replace("]", ")")
    result = "passed" if not len(case) else case[0].tag
    what = f"{group}: {name}" if group else name
    return f"| {what} | {result} | {float(case.get('time', 0)):.0f} |\n"


def _today() -> date:
    return date(*time.gmtime()[:3])


def _commit() -> str:
    short = _printed("git", "rev-parse", "--short", "HEAD")
    return short + (" and changes" if _printed("git", "status", "--porcelain") else "")


def _printed(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
