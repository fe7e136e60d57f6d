"""docs/guides, run as they are printed."""

import json
import re
import time
from importlib import metadata
from typing import ClassVar

import httpx
import pytest
from guides import FOLDER, Guide, check_outcomes, wait_for
from playwright.sync_api import expect
from siblings import DEMO, DEMO_PASSWORD, HOST, ID, chromium, sign_in, vestibule

from programs import with_javascript
from reverse_proxies import KINDS, Application, start
from servers import free_port, server

pytestmark = pytest.mark.servers
JAVASCRIPT = FOLDER.parents[1] / "clients" / "js"
APPLICATIONS = ("fastapi", "starlette", "flask", "wsgi", "django")


def wait_for_routes(port: int) -> None:
    """Some proxies listen before they have read who is behind them."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": f"app.example.localhost:{port}"}).status_code != 404:
            return
        time.sleep(0.02)


def sign_in_as_demo(url: str) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        page.get_by_label("Email").fill("demo@user.io")
        page.get_by_label("Password").fill("password")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Hello, Demo-lition")).to_be_visible()


def sign_in_on_the_way(url: str, shown: str, name: str = DEMO, password: str = DEMO_PASSWORD) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(url)
        sign_in(page, name, password)
        expect(page).to_have_url(url)
        expect(page.locator("body")).to_contain_text(shown)


@pytest.fixture(scope="module")
def issuer(tmp_path_factory):
    with server(tmp_path_factory.mktemp("issuer")) as running:
        yield running


@pytest.fixture(scope="module")
def beside(tmp_path_factory):
    with vestibule(tmp_path_factory.mktemp("beside")) as running:
        yield running


class TestApplications:
    @pytest.mark.parametrize("name", APPLICATIONS)
    def test_runs_as_printed(self, name, issuer, tmp_path):
        port = free_port()
        guide = Guide(name, tmp_path, {"8000": issuer.port, "3000": port})
        guide.write_files()
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)

    def test_the_readme_signs_in_as_printed(self, issuer, tmp_path):
        check_outcomes(Guide("../../README", tmp_path, {"8000": issuer.port}))

    def test_express(self, issuer, tmp_path):
        port = free_port()
        guide = Guide("express", tmp_path, {"8000": issuer.port, "3000": port})
        guide.write_files()
        with_javascript(tmp_path)
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)

    @pytest.mark.browser
    def test_react(self, tmp_path):
        ports = {"8000": free_port(), "3000": free_port()}
        guide = Guide("react", tmp_path, ports)
        guide.write_files()
        with_javascript(tmp_path, "vite")
        with guide.running(guide.texts("server")[0]) as issuer:
            wait_for(ports["8000"], guide, issuer)
            with guide.running(guide.texts("run")[0]) as process:
                wait_for(ports["3000"], guide, process)
                sign_in_as_demo(f"http://localhost:{ports['3000']}")

    def test_embedded(self, tmp_path):
        port = free_port()
        guide = Guide("embedded", tmp_path, {"3000": port})
        guide.write_files()
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)

    def test_pytest(self, tmp_path):
        guide = Guide("pytest", tmp_path, {})
        guide.write_files()
        _, printed, expected = next(guide.outcomes())
        assert expected in printed, printed


class TestOnSiblingHosts:
    """The same pages with app.example.localhost beside id.example.localhost, in Chromium: on plain localhost cookies ignore
    ports, which hides faults.
    """

    HOSTS: ClassVar = {"8000": ID, "3000": HOST}

    @pytest.mark.browser
    @pytest.mark.parametrize("name", [*APPLICATIONS, "express"])
    def test_signs_in_on_the_way(self, name, beside, tmp_path):
        port = free_port()
        guide = Guide(name, tmp_path, {"8000": beside.port, "3000": port}, self.HOSTS)
        guide.write_files()
        if name == "express":
            with_javascript(tmp_path)
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)
            sign_in_on_the_way(f"http://{HOST}:{port}/me", '"user_')

    @pytest.mark.browser
    def test_embedded(self, tmp_path):
        port = free_port()
        guide = Guide("embedded", tmp_path, {"3000": port}, self.HOSTS)
        guide.write_files()
        with guide.running(guide.texts("run")[0]) as process:
            wait_for(port, guide, process)
            check_outcomes(guide)
            sign_in_on_the_way(f"http://{HOST}:{port}/me", '"user_', "alice", "rainy tuesday harbour")

    @pytest.mark.browser
    def test_react(self, tmp_path):
        ports = {"8000": free_port(), "3000": free_port()}
        guide = Guide("react", tmp_path, ports, self.HOSTS)
        guide.write_files()
        with_javascript(tmp_path, "vite")
        address = f"http://{HOST}:{ports['3000']}"
        beside = vestibule(tmp_path, VESTIBULE_CORS_ORIGINS=address, port=ports["8000"])
        with beside, guide.running(guide.texts("run")[0]) as process:
            wait_for(ports["3000"], guide, process)
            sign_in_as_demo(address)


class TestProxies:
    @pytest.mark.browser
    @pytest.mark.parametrize("kind", KINDS)
    def test_runs_as_printed(self, kind, tmp_path):
        application = Application()
        ports = {"8000": free_port(), "8080": free_port(), "3000": int(application.url.rpartition(":")[2])}
        guide = Guide(kind, tmp_path, ports)
        with guide.running(guide.texts("server")[0]) as process:
            wait_for(ports["8000"], guide, process)
            guide.sh(guide.texts("proxy")[0])
            with start(kind, tmp_path, ports["8080"]):
                wait_for_routes(ports["8080"])
                check_outcomes(guide)
                sign_in_on_the_way(f"http://{HOST}:{ports['8080']}/", '"Demo-lition"')
        application.close()


class TestEveryPage:
    @pytest.mark.parametrize("path", sorted(FOLDER.glob("[a-z]*.md")), ids=lambda path: path.stem)
    def test_says_with_what_it_was_tested_and_means_it(self, path):
        line = re.search(r"^Last tested with (.+)\.$", path.read_text(), re.MULTILINE)[1]
        for name, version in re.findall(r"([A-Za-z]+) (\d[\d.]*\d)", line):
            npm = JAVASCRIPT / "node_modules" / name.lower() / "package.json"
            if npm.exists():
                assert json.loads(npm.read_text())["version"] == version, path.name
            if name in {"fastapi", "uvicorn", "starlette", "flask", "django", "pytest"}:
                assert metadata.version(name) == version, (
                    f"{path.name}: run it with {metadata.version(name)} and say so"
                )

    def test_is_in_the_list(self):
        listed = set(re.findall(r"\((\w+)\.md\)", (FOLDER / "README.md").read_text()))
        assert {path.stem for path in FOLDER.glob("[a-z]*.md")} <= listed
