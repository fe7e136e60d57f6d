"""The reference systems' front ends on Vestibule: stand-in pages, real servers, Chromium, both databases."""

import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from databases import PostgresTemplates, SqliteTemplates

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "security")]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
expect.set_options(timeout=10_000)


# Per module: Playwright keeps an event loop on the thread, and the asynchronous tests need the thread without one.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, sqlite_templates: SqliteTemplates, postgres_templates: PostgresTemplates
) -> Iterator[str]:
    """The address of a fresh database for the servers of a module."""
    if request.param == "sqlite":
        yield sqlite_templates.fresh()
        return
    # On a thread of its own: this one has Playwright's event loop.
    with ThreadPoolExecutor(1) as elsewhere:
        address = elsewhere.submit(postgres_templates.fresh).result()
        yield address
        elsewhere.submit(postgres_templates.drop, address).result()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh browser's page. What its script throws fails the test, as it would empty a real front end's page."""
    context = chromium.new_context()
    page = context.new_page()
    crashes = []
    page.on("pageerror", lambda error: crashes.append(str(error)))
    yield page
    context.close()
    assert crashes == []
