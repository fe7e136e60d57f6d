"""The page of one that comes back without a session is the same in both client libraries."""

import re
from pathlib import Path

CLIENTS = Path(__file__).parents[2] / "clients"
PYTHON = (CLIENTS / "python/src/vestibule_client/return_page.py").read_text()
TYPESCRIPT = (CLIENTS / "js/src/return-page.ts").read_text()


def test_looks_the_same():
    style = re.search(r'_STYLE = """(.+?)"""', PYTHON, re.DOTALL)[1]
    assert re.search(r"STYLE = `(.+?)`", TYPESCRIPT, re.DOTALL)[1] == style


def test_has_the_same_policy_and_names_the_same_settings():
    for found in (r"default-src 'none'[^\"]+", r"VESTIBULE_[A-Z_]+"):
        assert set(re.findall(found, PYTHON)) == set(re.findall(found, TYPESCRIPT)) != set()
