"""API keys on the account page: made, shown once, listed, revoked."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_key_from_its_making_to_its_end(page, visitor, mailbox):
    visitor.register("keyholder")
    page.goto("/account/api-keys")
    expect(page.get_by_text("You have no API key.")).to_be_visible()
    page.get_by_role("button", name="Make a key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make a key").click()
    expect(dialog.get_by_text("Please fill this in")).to_be_visible()
    dialog.get_by_label("Name").fill("Nightly backup")
    dialog.get_by_label("It expires").select_option("in 30 days")
    dialog.get_by_role("button", name="Make a key").click()
    expect(dialog.get_by_text("It is shown this once")).to_be_visible()
    secret = dialog.locator("code").inner_text()
    assert re.fullmatch(r"vst_key_[0-9A-Za-z]{49}", secret)
    assert Axe().run(page).violations_count == 0
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_text(f"{secret[:12]}…")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Never used")).to_be_visible()
    expect(page.locator("html")).not_to_contain_text(secret)
    assert mailbox("keyholder@example.com", "new API key")
    page.get_by_role("button", name="Revoke the key Nightly backup").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("You have no API key.")).to_be_visible()
    page.goto("/account/activity")
    expect(page.get_by_text("API key revoked")).to_be_visible()
