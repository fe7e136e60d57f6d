"""A class with many constructor parameters does several things: it is split along the seam between them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import vestibule

SOURCE = Path(vestibule.__file__).parent
MOST = 8


def parameters(found: ast.ClassDef) -> int:
    """How many parameters the class is constructed with. Data have as many fields as they need: a dataclass or a named
    tuple counts only as a service, that is with asynchronous methods.
    """
    made = [f for f in found.body if isinstance(f, ast.FunctionDef) and f.name in {"__init__", "__new__"}]
    if made:
        wanted = made[0].args
        named = [*wanted.posonlyargs, *wanted.args, *wanted.kwonlyargs]
        return len(named) - 1 + (wanted.vararg is not None) + (wanted.kwarg is not None)
    if any(isinstance(part, ast.AsyncFunctionDef) for part in found.body):
        return sum(isinstance(part, ast.AnnAssign) for part in found.body)
    return 0


def classes() -> Iterator[tuple[str, ast.ClassDef]]:
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                yield f"{path.relative_to(SOURCE)}: {node.name}", node


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("class A:\n def __init__(self, a, /, b, *, c=1): ...", 3),
        ("class A:\n def __init__(self, *a, **b): ...", 2),
        ("@dataclass\nclass A:\n a: int\n b: int\n async def run(self): ...", 2),
        ("@dataclass\nclass A:\n a: int\n b: int\n def shown(self): ...", 0),
        ("class A: ...", 0),
    ],
)
def test_the_parameters_of_a_class_are_counted(text, count):
    assert parameters(ast.parse(text).body[0]) == count


def test_no_class_is_constructed_with_more_than_eight():
    large = {name: count for name, node in classes() if (count := parameters(node)) > MOST}
    assert large == {}, "split the class, or give it what its collaborators know already"
