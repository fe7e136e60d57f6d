"""A second factor that the operator demands, set up on the way in."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from test_passkeys import VirtualAuthenticator, code_now

from servers import Server, server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Server]:
    demanded = {"VESTIBULE_MFA": "required", "VESTIBULE_MFA_FROM": "2099-01-31"}
    with server(tmp_path_factory.mktemp("demanded"), VESTIBULE_ARGON2_MEMORY_KIB="64", **demanded) as running:
        yield running


def begin(page, name):
    page.goto("/auth/register")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill("rainy tuesday harbour")
    page.get_by_role("button", name="Create account", exact=True).click()
    expect(page.get_by_role("heading", name="Set up a second step")).to_be_visible()


class TestRegistration:
    def test_goes_on_with_an_app_and_recovery_codes(self, page, visitor):
        begin(page, "applicant")
        page.get_by_role("button", name="Set up an authenticator app").click()
        seed = page.locator("code").inner_text().replace(" ", "")
        page.get_by_label("Code from the app").fill(code_now(seed))
        page.get_by_role("button", name="Turn on").click()
        visitor.heading("Recovery codes")
        expect(page.get_by_role("listitem")).to_have_count(10)
        page.get_by_label("I have saved them").check()
        page.get_by_role("button", name="Done").click()
        visitor.heading("Hello, applicant")
        page.goto("/account/security")
        expect(page.get_by_text("On: this service demands it")).to_be_visible()

    def test_or_with_a_passkey(self, page, visitor):
        VirtualAuthenticator(page)
        begin(page, "keyholder")
        page.get_by_role("button", name="Create a passkey").click()
        visitor.heading("Recovery codes")

    def test_or_puts_it_off_until_the_date(self, page, visitor):
        begin(page, "procrastinator")
        page.get_by_role("button", name="Not now").click()
        visitor.heading("Hello, procrastinator")
