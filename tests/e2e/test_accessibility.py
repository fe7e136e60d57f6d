"""axe finds nothing on any page or state, in light and dark, and nothing overflows at 320 pixels."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from browsing import Visitor
from vestibule.crypto import totp
from vestibule.crypto.clock import SystemClock

pytestmark = pytest.mark.browser

BEFORE_SIGN_IN = [
    "/auth/sign-in",
    "/auth/register",
    "/auth/forgot-password",
    "/auth/reset-password",
    "/auth/reset-password#token=vst_rst_x",
    "/auth/verify-email",
    "/auth/verify-email#token=vst_vfy_x",
    "/auth/confirm#token=vst_sin_x",
    "/auth/undo#email=x",
    "/auth/undo#recovery=x",
    "/auth/undo#restore=x",
    "/no/such/page",
    "/dev/mailbox",
]
AFTER_SIGN_IN = [
    "/account",
    "/account/security",
    "/account/sessions",
    "/account/api-keys",
    "/account/activity",
    "/auth/sign-in",
    "/auth/passkey",
]


@pytest.fixture(params=["light", "dark"])
def small_page(request, chromium, site) -> Page:
    context = chromium.new_context(
        base_url=site.url, color_scheme=request.param, viewport={"width": 320, "height": 640}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def check(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{page.url} is {overflow} pixels too wide"


def sign_in(page: Page) -> None:
    page.goto("/auth/sign-in")
    Visitor(page).sign_in("Demo-lition", "password")
    expect(page.get_by_role("heading", name="Hello, Demo-lition")).to_be_visible()


class TestEveryPage:
    @pytest.mark.parametrize("path", BEFORE_SIGN_IN)
    def test_before_sign_in(self, small_page, path):
        small_page.goto(path)
        check(small_page)

    def test_after_sign_in(self, small_page):
        sign_in(small_page)
        for path in AFTER_SIGN_IN:
            small_page.goto(path)
            check(small_page)


class TestStates:
    def test_forms_with_errors(self, small_page):
        small_page.goto("/auth/register")
        small_page.get_by_role("button", name="Create account").click()
        check(small_page)
        small_page.goto("/auth/sign-in")
        Visitor(small_page).sign_in("nobody", "wrong words here")
        expect(small_page.get_by_role("alert")).to_be_visible()
        check(small_page)

    def test_the_deletion_dialog_and_the_email_form(self, small_page):
        sign_in(small_page)
        small_page.get_by_role("button", name="Change email").click()
        check(small_page)
        small_page.goto("/account/security")
        small_page.get_by_role("button", name="Delete account").click()
        assert Axe().run(small_page).violations_count == 0
        small_page.keyboard.press("Escape")
        expect(small_page.get_by_role("dialog")).to_be_hidden()

    def test_every_step_of_signing_in(self, small_page):
        small_page.goto("/auth/sign-in")
        visitor = Visitor(small_page)
        visitor.identify("somebody.with.a.rather.long.address@example.com")
        expect(small_page.get_by_text("Try another way")).to_be_visible()
        check(small_page)
        small_page.get_by_role("button", name="Use a passkey").click()
        expect(small_page.get_by_role("button", name="Continue with a passkey")).to_be_visible()
        check(small_page)
        small_page.get_by_role("button", name="Get a code by email").click()
        small_page.get_by_role("button", name="Send the email").click()
        expect(small_page.get_by_label("6-digit code")).to_be_focused()
        check(small_page)

    def test_setting_up_and_using_a_second_step(self, small_page, request):
        name = f"narrow{request.node.callspec.id}"
        visitor = Visitor(small_page)
        visitor.register(name)
        small_page.goto("/account/security")
        small_page.get_by_role("button", name="Set up").click()
        dialog = small_page.get_by_role("dialog")
        expect(dialog.get_by_role("img")).to_be_visible()
        check(small_page)
        seed = dialog.locator("code").inner_text().replace(" ", "")
        code = totp.code_at(seed, totp.step_at(SystemClock().now()))
        dialog.get_by_label("Code from the app").fill(code)
        dialog.get_by_role("button", name="Turn on").click()
        expect(small_page.get_by_role("dialog").get_by_role("listitem")).to_have_count(10)
        check(small_page)
        small_page.get_by_label("I have saved them").check()
        small_page.get_by_role("button", name="Done").click()
        small_page.goto("/account/activity")
        small_page.get_by_role("button", name="Something here was not me").click()
        check(small_page)
        small_page.keyboard.press("Escape")
        small_page.get_by_role("button", name="Sign out").click()
        visitor.sign_in(name)
        visitor.heading("Code from your app")
        check(small_page)
        small_page.get_by_role("button", name="Use a recovery code").click()
        visitor.heading("Recovery code")
        check(small_page)
        small_page.get_by_role("button", name="I have lost all of this").click()
        visitor.heading("Lost your second step?")
        check(small_page)

    def test_german_is_as_narrow(self, chromium, site):
        page = chromium.new_context(
            base_url=site.url, locale="de-DE", viewport={"width": 320, "height": 640}
        ).new_page()
        for path in BEFORE_SIGN_IN:
            page.goto("about:blank")  # or a new fragment alone would make the page load itself again meanwhile
            page.goto(path)
            check(page)
