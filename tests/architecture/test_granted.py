"""A refusal becomes an error in one place: HTTP code asks `granted(outcome)`."""

import ast
from pathlib import Path

import pytest

import vestibule
from vestibule.domain.errors import Denied, InvalidCode
from vestibule.http.outcomes import granted

SOURCE = Path(vestibule.__file__).parent
PLACE = SOURCE / "http" / "outcomes.py"
HTTP = ("checks", "compatibility", "controllers", "fastpath", "http", "middleware", "routes")


def raises_a_reason(node: ast.AST) -> bool:
    """Whether it is `raise x.reason`, or `raise reason` of a `case Denied(reason)`."""
    if not isinstance(node, ast.Raise):
        return False
    return (isinstance(node.exc, ast.Attribute) and node.exc.attr == "reason") or (
        isinstance(node.exc, ast.Name) and node.exc.id == "reason"
    )


@pytest.mark.parametrize(
    "line",
    [
        "if denied:\n    raise denied.reason",
        "match found:\n    case Denied(reason):\n        raise reason",
    ],
)
def test_the_check_sees_a_reason_that_is_raised(line):
    assert any(map(raises_a_reason, ast.walk(ast.parse(line))))


def test_no_http_code_raises_a_reason_itself():
    files = [path for package in HTTP for path in (SOURCE / package).rglob("*.py") if path != PLACE]
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if raises_a_reason(node)
    ]
    assert len(files) > 60
    assert found == [], "use vestibule.http.outcomes.granted"


@pytest.mark.parametrize("outcome", [None, 0, "", (), False, "a value"])
def test_an_outcome_passes_unchanged_even_a_falsy_one(outcome):
    assert granted(outcome) is outcome


def test_a_denial_is_raised_as_its_reason():
    reason = InvalidCode("This link was used.")
    with pytest.raises(InvalidCode) as raised:
        granted(Denied(reason))
    assert raised.value is reason
