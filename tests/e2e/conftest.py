"""Browser tests: a real server, a real Chromium, no sleeps."""

import json
import shutil
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from browsing import CHROMIUM_FLAGS, Visitor
from servers import Server, server

expect.set_options(timeout=10_000)


# Per module: Playwright keeps an event loop on the thread, and the asynchronous tests need the thread without one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    assert executable, "Chromium is missing: run `make test`, which installs it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Server]:
    generous = {"VESTIBULE_LIMIT_REGISTRATION": "1000/1m", "VESTIBULE_LIMIT_CODES": "1000/1m"}
    with server(tmp_path_factory.mktemp("site"), VESTIBULE_ARGON2_MEMORY_KIB="64", **generous) as running:
        yield running


@pytest.fixture
def page(chromium: Browser, site: Server) -> Iterator[Page]:
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    page.crashes = []
    page.on("pageerror", lambda error: page.crashes.append(str(error)))
    yield page
    context.close()
    assert page.crashes == []


@pytest.fixture
def mailbox(site: Server):
    def read(to: str, subject: str = "") -> list[dict]:
        with urllib.request.urlopen(f"{site.url}/dev/mailbox.json") as answer:
            mails = json.load(answer)
        return [mail for mail in mails if to in mail["to"] and subject in mail["subject"]]

    return read


@pytest.fixture
def visitor(page: Page) -> Visitor:
    return Visitor(page)
