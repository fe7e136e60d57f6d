"""Runs what takes over a minute, acceptance/test_NAME.py, and writes its result to docs/acceptance/NAME.md.

Usage: make acceptance ARGS=NAME; `tools/acceptance.py --ages` prints how old each result is.
"""

import ast
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

import results

FOLDER = results.ROOT / "acceptance"
HEAD = "| | result | seconds |\n|---|---|---|\n"


def main() -> int:
    names = sorted(path.stem.removeprefix("test_") for path in FOLDER.glob("test_*.py"))
    wanted = sys.argv[1] if len(sys.argv) == 2 else ""
    if wanted == "--ages":
        commands = {name: f"make acceptance ARGS={name}" for name in names} | {"under-load": "make test-under-load"}
        print("\n".join(results.age(*one) for one in commands.items()))
        return 0
    if wanted not in names:
        print(
            f"got {wanted!r}; expected one of: {', '.join(names)}. Write `make acceptance ARGS={names[0]}`.",
            file=sys.stderr,
        )
        return 2
    return run(wanted)


def run(name: str) -> int:
    """Run one script and write its page. Returns pytest's exit code."""
    script = FOLDER / f"test_{name}.py"
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "results.xml"
        command = [sys.executable, "-m", "pytest", str(script), "--durations=0", f"--junitxml={report}"]
        code = subprocess.run(command, cwd=results.ROOT, check=False).returncode
        if report.exists():
            about = ast.get_docstring(ast.parse(script.read_text())) or ""
            rows = "".join(map(results.row_of, ET.parse(report).iter("testcase")))
            results.write(name, name.capitalize(), about, results.ran(f"make acceptance ARGS={name}"), HEAD + rows)
    return code


if __name__ == "__main__":
    sys.exit(main())
