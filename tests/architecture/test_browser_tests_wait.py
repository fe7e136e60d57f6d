"""Browser tests wait for a state: a property that is read once after an action is read before the page has changed."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
READ_ONCE = {
    "url", "title", "content", "inner_text", "inner_html", "text_content", "input_value", "get_attribute", "is_visible",
    "is_hidden", "is_enabled", "is_disabled", "is_checked", "is_editable", "count", "all_inner_texts", "all_text_contents",
}  # fmt: skip
# These have a property of the same name, and never change.
NOT_PAGES = {"site", "issuer", "elsewhere", "app", "front", "answer", "request", "response", "mail", "known"}
DRIVING = [path for path in sorted(TESTS.rglob("test_*.py")) if "from playwright.sync_api import" in path.read_text()]


def read_once(source: str) -> list[int]:
    """The lines of assertions that read a page, or a part of it, once."""
    asserted = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
    return [
        check.lineno
        for check in asserted
        for part in ast.walk(check.test)
        if isinstance(part, ast.Attribute)
        and part.attr in READ_ONCE
        and not (isinstance(part.value, ast.Name) and part.value.id in NOT_PAGES)
    ]


@pytest.mark.parametrize("path", DRIVING, ids=lambda path: path.relative_to(TESTS).as_posix())
def test_no_assertion_reads_a_page_once(path):
    assert read_once(path.read_text()) == [], "use expect(page).to_have_url(…), expect(locator).to_have_text(…)"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("assert page.url == 'x'", [1]), ("assert 'x' not in phone.url", [1]), ("assert page.locator('p').is_visible()", [1]),
        ("assert page.get_by_role('main').inner_text() == known", [1]), ("assert site.url", []),
        ("expect(page).to_have_url('x')", []),
    ],
)  # fmt: skip
def test_the_rule_finds_what_it_looks_for(source, found):
    assert read_once(source) == found
