"""A browser that blocks cookies, and with them every storage: the pages work as far as they can, and say what is missing."""

import json
import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from browsing import CHROMIUM_FLAGS
from harness import PASSWORD

pytestmark = pytest.mark.browser
BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}
SAID = "This browser blocks cookies"
WRONG_ADVICE = re.compile("open for too long|went wrong")


@pytest.fixture(scope="module")
def context(site, tmp_path_factory):
    folder = tmp_path_factory.mktemp("profile")
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
    with sync_playwright() as playwright:
        made = playwright.chromium.launch_persistent_context(
            folder, executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS, base_url=site.url, locale="en-GB"
        )
        yield made
        made.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    page.crashes = []
    page.on("pageerror", lambda error: page.crashes.append(str(error)))
    yield page
    page.close()
    assert page.crashes == []


def test_the_browser_of_these_tests_blocks_what_it_should(page):
    page.goto("/auth/sign-in")
    assert page.evaluate("() => { document.cookie = 'a=b'; return document.cookie }") == ""
    assert (
        page.evaluate("() => { try { return localStorage.length } catch (error) { return error.name } }")
        == "SecurityError"
    )


def sign_in(page, visitor):
    page.goto("/auth/sign-in")
    visitor.identify("someone")


def register(page, _):
    page.goto("/auth/register")
    page.get_by_label("Username").fill("someone")
    page.get_by_label("Email").fill("someone@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def meant_for_an_account_page(page, visitor):
    page.goto("/account")
    visitor.identify("someone")


@pytest.mark.parametrize("act", [sign_in, register, meant_for_an_account_page])
def test_what_needs_cookies_says_so_also_after_a_reload(page, visitor, act):
    for _ in range(2):
        act(page, visitor)
        expect(page.get_by_role("alert").filter(has_text=SAID)).to_be_visible()
        expect(page.get_by_text("Allow cookies for this site")).to_be_visible()
        expect(page.get_by_text(WRONG_ADVICE)).to_have_count(0)


def test_what_needs_none_works(page):
    page.goto("/auth/forgot-password")
    page.get_by_label("Email").fill("someone@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()


def test_the_choice_of_a_language_holds_for_the_page(page):
    page.goto("/auth/sign-in?ui_locales=de")
    page.get_by_label("Benutzername oder E-Mail").fill("jemand")
    page.get_by_role("button", name="Weiter", exact=True).click()
    expect(page.get_by_text("Dieser Browser blockiert Cookies")).to_be_visible()
