"""Runs what takes over a minute, acceptance/test_NAME.py, and writes its result to docs/acceptance/NAME.md.

Usage: make acceptance ARGS=NAME
"""

import ast
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "acceptance"
PAGES = ROOT / "docs" / "acceptance"


def main() -> int:
    names = sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py"))
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted not in names:
        print(
            f"got {wanted!r}; expected one of: {', '.join(names)}. Write `make acceptance ARGS={names[0]}`.",
            file=sys.stderr,
        )
        return 2
    script = FOLDER / f"test_{wanted}.py"
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", str(script), "--durations=0", f"--junitxml={results}"]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if results.exists():
            PAGES.mkdir(exist_ok=True)
            (PAGES / f"{wanted}.md").write_text(page(wanted, script, ET.parse(results)))
    return code


def page(name: str, script: Path, results: ET.ElementTree) -> str:
    """Return the page: what the module says of itself, when and where it ran, and a row for each test."""
    head = f"# {name.capitalize()}\n\n{ast.get_docstring(ast.parse(script.read_text()))}\n\n"
    date = time.strftime("%Y-%m-%d", time.gmtime())
    ran = f"`make acceptance ARGS={name}`, {date}, at {_commit()}, with {_versions()}.\n\n"
    rows = [_row(case) for case in results.iter("testcase")]
    return head + ran + "| | result | seconds |\n|---|---|---|\n" + "".join(rows)


def _row(case: ET.Element) -> str:
    group = " ".join(re.findall(r"[A-Z][a-z]*", case.get("classname", "").rpartition(".Test")[2])).lower()
    name = case.get("name", "").removeprefix("test_").replace("_", " ").replace("[", " (").replace("]", ")")
    result = "passed" if not len(case) else case[0].tag
    return f"| {group}: {name} | {result} | {float(case.get('time', 0)):.0f} |\n"


def _commit() -> str:
    short = _printed("git", "rev-parse", "--short", "HEAD")
    return short + (" and changes" if _printed("git", "status", "--porcelain") else "")


def _versions() -> str:
    node, npm = _printed("node", "--version").removeprefix("v"), _printed("npm", "--version")
    return f"Python {platform.python_version()}, Node {node}, npm {npm}"


def _printed(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
