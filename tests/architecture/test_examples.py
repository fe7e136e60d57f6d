"""`make fuzz` runs every property test with all its examples; `make test` runs the same tests with fewer."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
SOURCES = [path for path in sorted(TESTS.rglob("*.py")) if "hypothesis" in path.read_text()]
RUNS_A_MACHINE = "run_state_machine_as_test"
HOW_MANY = "import examples; print(examples.examples(8), examples.examples(400), examples.examples(10))"


def fixed_numbers(source: str) -> list[int]:
    """The lines that name a number of examples instead of `examples(number)`."""
    return [
        node.value.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.keyword) and node.arg == "max_examples" and not _chosen(node.value)
    ]


def _chosen(value: ast.expr) -> bool:
    return isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "examples"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_property_test_fixes_its_number_of_examples(path):
    assert fixed_numbers(path.read_text()) == [], "write max_examples=examples(…), so that `make fuzz` runs all of them"


def test_a_fixed_number_is_seen():
    assert fixed_numbers("settings(max_examples=5)\nsettings(max_examples=examples(5))\nsettings(max_examples=N)") == [
        1,
        3,
    ]


@pytest.mark.parametrize(("profile", "expected"), [("fuzz", "8 400 10"), ("", "2 50 2"), ("other", "2 50 2")])
def test_fuzzing_runs_all_examples_and_everyday_runs_an_eighth(profile, expected):
    environment = os.environ | {"PYTHONPATH": str(TESTS), "VESTIBULE_TEST_PROFILE": profile}
    done = subprocess.run([sys.executable, "-c", HOW_MANY], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_a_machine_made_of_rules_is_among_what_is_fuzzed():
    """Hypothesis marks what has @given; a state machine is run by a plain function."""
    assert [
        (path.name, test.name)
        for path in SOURCES
        for test in ast.walk(ast.parse(path.read_text()))
        if isinstance(test, ast.FunctionDef)
        and any(isinstance(call, ast.Call) and ast.unparse(call.func) == RUNS_A_MACHINE for call in ast.walk(test))
        and "pytest.mark.hypothesis" not in map(ast.unparse, test.decorator_list)
    ] == []
