"""docs/compatibility.md lists what every profile does: requests and settings, no more and no fewer."""

import re
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from vestibule import compatibility
from vestibule.routes import ROUTES
from vestibule.settings.presets import PRESETS

PAGE = (Path(__file__).parents[2] / "docs" / "compatibility.md").read_text(encoding="utf-8")
OWN = {(row.method, row.path): row for row in ROUTES}
_REQUEST = re.compile(r"^\| `([A-Z]+) (/\S+)`( \(development\))? \|", re.MULTILINE)
_SETTING = re.compile(r"^\| `VESTIBULE_(\w+)` \| `(.+)` \|$", re.MULTILINE)


def section(name: str) -> str:
    found = PAGE.partition(f"\n## Profile `{name}`\n")[2]
    return found.partition("\n## ")[0]


@pytest.mark.parametrize("name", list(PRESETS))
class TestProfile:
    def test_its_requests_are_listed(self, name):
        profile = compatibility.PROFILES[name]
        listed = {(method, path): bool(only) for method, path, only in _REQUEST.findall(section(name))}
        always = {(row.method, row.path): False for row in profile.rows(OWN)}
        assert listed == always | {(row.method, row.path): True for row in profile.development_rows(OWN)}

    def test_its_settings_are_listed(self, name):
        assert dict(_SETTING.findall(section(name))) == dict(PRESETS[name])

    async def test_a_server_with_it_says_so_and_describes_its_routes(self, start, name):
        async with start(COMPATIBILITY=name) as vestibule:
            described = (await vestibule.get("/api/openapi.json")).json()
            validate(described)
            assert name in described["info"]["description"]
            for row in compatibility.PROFILES[name].all_rows(OWN, development=True):
                assert row.method.lower() in described["paths"][row.path]
                answer = await vestibule.http.request(row.method, row.path.replace("{", "").replace("}", ""), json={})
                assert answer.status_code not in {404, 405}

    def test_it_says_which_front_end_needs_it(self, name):
        assert f"VESTIBULE_COMPATIBILITY={name}`" in PAGE or f"`{name}` if it sends" in PAGE


class TestWithoutProfiles:
    def test_the_document_in_the_repository_has_none_of_their_routes(self):
        document = (Path(__file__).parents[2] / "docs" / "openapi.json").read_text(encoding="utf-8")
        own = {row.path for row in ROUTES}
        added = {
            row.path for profile in compatibility.PROFILES.values() for row in profile.all_rows(OWN, development=True)
        }
        assert not [path for path in added - own if f'"{path}"' in document]
