"""docs/first-hour.md, followed as it is printed, in a copy of the tree."""

import shutil
from pathlib import Path

import pytest
from guides import FOLDER, Guide, check_outcomes, wait_for

from servers import free_port

pytestmark = pytest.mark.servers
ROOT = FOLDER.parents[1]


def copied(folder: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src/vestibule", folder / "src/vestibule", ignore=ignored)
    (folder / "tests/specs").mkdir(parents=True)
    for file in (ROOT / "pyproject.toml", *(ROOT / "tests").glob("*.py")):
        shutil.copy(file, folder / file.relative_to(ROOT))


def test_the_first_route_works_as_printed(tmp_path):
    copied(tmp_path)
    port = free_port()
    guide = Guide("../first-hour", tmp_path, {"8000": port}, variables={"PYTHONPATH": f"{tmp_path}/src"})
    guide.write_files()
    assert "2 passed" in guide.sh("python -m pytest tests/specs/test_greeting.py -k sqlite", expected=0)
    with guide.running(f"vestibule dev --port {port}") as process:
        wait_for(port, guide, process)
        check_outcomes(guide)
