"""The deployment files name settings that exist, and the pages' rewrites lead to every page."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from vestibule.routes.pages import DEVELOPMENT_PAGES, PAGES
from vestibule.settings import GROUPS, PREFIX

DEPLOY = Path(__file__).parents[2] / "deploy"
KNOWN = {PREFIX + item.metadata["name"] for kind in GROUPS.values() for item in fields(kind)}
SECRETS = {
    PREFIX + item.metadata["name"] + "_FILE"
    for kind in GROUPS.values()
    for item in fields(kind)
    if item.metadata["secret"]
}
BUILD_SETTINGS = {"VESTIBULE_PAGES_DIR", "VESTIBULE_SESSION_TYPE", "VESTIBULE_URL"}


class TestFiles:
    @pytest.mark.parametrize("path", sorted(p for p in DEPLOY.rglob("*") if p.is_file()), ids=lambda p: p.name)
    def test_name_settings_that_exist(self, path):
        named = set(re.findall(r"VESTIBULE_[A-Z_]+", path.read_text()))
        assert named <= KNOWN | SECRETS | BUILD_SETTINGS

    def test_compose_has_both_services_with_health_checks_and_no_secret_of_its_own(self):
        services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
        assert services.keys() == {"vestibule", "postgres"}
        assert services["vestibule"]["depends_on"]["postgres"]["condition"] == "service_healthy"
        assert "healthcheck" in services["postgres"]
        for name in ("VESTIBULE_SECRET_KEY", "VESTIBULE_PUBLIC_URL"):
            assert services["vestibule"]["environment"][name].startswith("${" + name + ":?")

    def test_render_generates_the_secret_and_checks_health(self):
        blueprint = yaml.safe_load((DEPLOY / "render.yaml").read_text())
        (service,) = blueprint["services"]
        variables = {item["key"]: item for item in service["envVars"]}
        assert variables["VESTIBULE_SECRET_KEY"] == {"key": "VESTIBULE_SECRET_KEY", "generateValue": True}
        assert service["healthCheckPath"] == "/health/ready"
        assert variables["DATABASE_URL"]["fromDatabase"]["name"] == blueprint["databases"][0]["name"]

    def test_the_image_runs_as_a_user_of_its_own(self):
        lines = (DEPLOY / "Dockerfile").read_text().splitlines()
        assert "USER vestibule" in lines
        assert lines.index("USER vestibule") < next(
            n for n, line in enumerate(lines) if line.startswith('CMD ["vestibule"')
        )

    def test_the_pages_alone_are_rewritten_to_the_index(self):
        config = json.loads((DEPLOY / "vercel.json").read_text())
        (rewrite,) = config["rewrites"]
        pattern = re.compile(rewrite["source"].replace("/((?!assets/).*)", r"/(?!assets/).*") + r"\Z")
        assert all(pattern.match(page) for page in PAGES)
        assert not pattern.match("/assets/index.js")

    def test_the_pages_and_the_server_have_one_list_of_paths(self):
        """The pages' routes are typed by this file (web/src/app/Pages.tsx): a path without a page does not compile."""
        paths = json.loads((DEPLOY.parent / "web/src/app/pages.json").read_text())
        assert paths == dict.fromkeys(PAGES, False) | dict.fromkeys(DEVELOPMENT_PAGES, True)
