"""Private registration on the pages: the same screen for new and for known addresses."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from servers import Server, server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("private")
    with server(folder, VESTIBULE_REGISTRATION="private", VESTIBULE_ARGON2_MEMORY_KIB="64") as running:
        yield running


class TestPrivateRegistration:
    def test_leads_a_new_user_through_the_code_to_signing_in(self, visitor, page, mailbox):
        visitor.register("robin")
        page.get_by_label("6-digit code").fill(mailbox("robin@", "Confirm")[0]["codes"][0])
        visitor.heading("Your email address is confirmed.")
        page.get_by_role("link", name="Continue").click()
        visitor.heading("Sign in")
        visitor.sign_in("robin")
        visitor.heading("Hello, robin")

    def test_shows_a_known_address_the_same_screen_and_mails_its_owner(self, visitor, page, mailbox):
        page.clock.set_fixed_time("2030-01-01T12:00:00Z")  # the seconds until the next code stand still
        visitor.register("wren")
        known = page.get_by_role("main").inner_text()
        page.get_by_label("6-digit code").fill(mailbox("wren@", "Confirm")[0]["codes"][0])
        visitor.heading("Your email address is confirmed.")
        page.goto("/auth/register")
        page.get_by_label("Username").fill("somebody")
        page.get_by_label("Email").fill("wren@example.com")
        page.get_by_label("Password", exact=True).fill("another fine phrase")
        page.get_by_role("button", name="Create account").click()
        visitor.heading("Confirm your email")
        expect(page.get_by_role("main")).to_have_text(known, use_inner_text=True)
        assert mailbox("wren@", "already have an account")
        expect(page.get_by_role("button", name="Confirm", exact=True)).to_be_visible()
