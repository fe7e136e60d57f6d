"""Profile fields on the pages: asked at registration, shown and changed on the account page; first and last name."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from harness import PASSWORD
from servers import Server, server

FIELDS = "plan:choice(free|pro), phone:text:5-30?, shoeSize:number:20-60?, newsletter:boolean?, birthday:date?"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Server]:
    more = {"VESTIBULE_LIMIT_REGISTRATION": "1000/1m", "VESTIBULE_PROFILE_FIELDS": FIELDS}
    with server(tmp_path_factory.mktemp("site"), VESTIBULE_ARGON2_MEMORY_KIB="64", **more) as running:
        yield running


def fill_in(page, username):
    page.goto("/auth/register")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Email").fill(f"{username}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    expect(page.get_by_label("Plan")).to_be_visible()


def create(page):
    page.get_by_role("button", name="Create account").click()


class TestRegistration:
    def test_asks_for_every_declared_field_and_the_account_page_shows_and_changes_them(self, page, visitor):
        fill_in(page, "linnet")
        page.get_by_label("Plan").select_option("pro")
        page.get_by_label("Phone").fill("020 7946 0000")
        page.get_by_label("Shoe size").fill("42,5")
        page.get_by_label("Send me the newsletter").check()
        page.get_by_label("Birthday").fill("1990-04-01")
        create(page)
        visitor.heading("Confirm your email")
        page.goto("/account")
        expect(page.get_by_label("Plan")).to_have_value("pro")
        expect(page.get_by_label("Phone")).to_have_value("020 7946 0000")
        expect(page.get_by_label("Shoe size")).to_have_value("42.5")
        expect(page.get_by_label("Send me the newsletter")).to_be_checked()
        expect(page.get_by_label("Birthday")).to_have_value("1990-04-01")
        more = page.locator("section", has=page.get_by_role("heading", name="More about you"))
        more.get_by_label("Plan").select_option("free")
        more.get_by_label("Phone").fill("")
        more.get_by_label("Send me the newsletter").uncheck()
        more.get_by_role("button", name="Save").click()
        expect(more.get_by_text("Saved.")).to_be_visible()
        page.reload()
        expect(page.get_by_label("Plan")).to_have_value("free")
        expect(page.get_by_label("Phone")).to_have_value("")
        expect(page.get_by_label("Send me the newsletter")).not_to_be_checked()

    @pytest.mark.parametrize("button", ["Create account", "Create it with a passkey, without a password"])
    def test_shows_what_is_wrong_at_the_fields_before_anything_is_sent(self, page, button):
        sent = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        fill_in(page, "siskin")
        page.get_by_label("Phone").fill("1")
        page.get_by_label("Shoe size").fill("large")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_text("Please fill this in.")).to_be_visible()
        expect(page.get_by_text("Use 5 to 30 characters.")).to_be_visible()
        expect(page.get_by_text("Use a number, such as 42 or 1.5.")).to_be_visible()
        expect(page.get_by_label("Plan")).to_have_attribute("aria-invalid", "true")
        assert [url for url in sent if "/api/users" in url or "/api/registration" in url] == []

    def test_shows_what_only_the_server_refuses_at_its_field(self, page):
        fill_in(page, "dunnock")
        page.get_by_label("Plan").select_option("pro")
        page.get_by_label("Phone").fill("12345\u202e6789")
        create(page)
        expect(page.get_by_text("Leave out control characters")).to_be_visible()
        expect(page.get_by_label("Phone")).to_have_attribute("aria-invalid", "true")

    def test_speaks_german_too(self, page):
        page.goto("/auth/register?ui_locales=de")
        expect(page.get_by_label("Tarif")).to_be_visible()
        expect(page.get_by_text("freiwillig · 20 bis 60")).to_be_visible()


class TestNames:
    def test_first_and_last_name_are_shown_as_one_until_there_is_a_display_name(self, page, visitor):
        fill_in(page, "robin")
        page.get_by_label("Plan").select_option("pro")
        create(page)
        visitor.heading("Confirm your email")
        page.goto("/account")
        page.get_by_label("First name").fill("Robin")
        page.get_by_label("Last name").fill("Hood")
        page.get_by_role("button", name="Save").first.click()
        visitor.heading("Hello, Robin Hood")
        expect(page.get_by_label("Display name")).to_have_value("")
        expect(page.get_by_label("Display name")).to_have_attribute("placeholder", "Robin Hood")
        page.get_by_label("Display name").fill("Robin of Loxley")
        page.get_by_role("button", name="Save").first.click()
        visitor.heading("Hello, Robin of Loxley")
        page.get_by_label("Display name").fill("")
        page.get_by_role("button", name="Save").first.click()
        visitor.heading("Hello, Robin Hood")

    def test_a_name_that_is_refused_is_marked(self, page, visitor):
        fill_in(page, "wagtail")
        page.get_by_label("Plan").select_option("pro")
        create(page)
        visitor.heading("Confirm your email")
        page.goto("/account")
        page.get_by_label("First name").fill("Wag\u202etail")
        page.get_by_role("button", name="Save").first.click()
        expect(page.get_by_text("Leave out control characters")).to_be_visible()
        expect(page.get_by_label("First name")).to_have_attribute("aria-invalid", "true")
