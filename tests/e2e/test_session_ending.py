"""Before an unused session ends, its owner is told, and may keep it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from servers import Server, server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Server]:
    short = {"VESTIBULE_SESSION_IDLE": "10m", "VESTIBULE_ARGON2_MEMORY_KIB": "64"}
    with server(tmp_path_factory.mktemp("short"), **short) as running:
        yield running


def test_five_minutes_before_and_one_click_keeps_it(visitor, page):
    page.clock.install()
    visitor.register("sleeper")
    page.goto("/account")
    visitor.heading("Hello, sleeper")
    stay = page.get_by_role("button", name="Stay signed in")
    page.wait_for_load_state("networkidle")  # each answer starts the ten minutes anew, a late one too late
    page.clock.fast_forward("03:00")
    expect(stay).to_be_hidden()
    page.wait_for_load_state("networkidle")
    page.clock.fast_forward("03:00")
    page.clock.run_for(20_000)  # the page looks every 15 seconds
    expect(page.get_by_text("You will be signed out in")).to_be_visible()
    stay.click()
    expect(stay).to_be_hidden()
