"""The Express guide's front end whose `errors` is a list, behind Create React App's proxy: profile `express-guide:list`."""

import pytest
from express_guide_pages import Person
from front_ends import CREATE_REACT_APP, front_end
from playwright.sync_api import expect
from serving import COMMON, development

from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]
WRONG = "The username, email address or password is not right."


@pytest.fixture(scope="module")
def site(database, tmp_path_factory):
    port = free_port()
    with front_end("r2_list", CREATE_REACT_APP, port, MODE="development") as front, development(
        tmp_path_factory.mktemp("site"), database, port, COMPATIBILITY="express-guide:list"
    ) as vestibule:  # fmt: skip
        vestibule.front = front
        yield vestibule


@pytest.fixture
def person(page, site):
    return Person(page, site.front)


@pytest.fixture
def member(person):
    """A person with an account, signed in."""
    person.join()
    return person


class TestErrors:
    def test_a_wrong_password_is_an_entry(self, member):
        member.log_out()
        member.log_in(password="not the password")
        expect(member.errors).to_have_text([WRONG])

    def test_an_unknown_name_is_the_same_entry(self, person):
        person.open()
        person.log_in()
        expect(person.errors).to_have_text([WRONG])

    def test_taken_name_and_address_are_entries(self, member):
        member.log_out()
        member.sign_up()
        expect(member.errors).to_have_text(
            ["User with that username already exists", "User with that email already exists"]
        )

    def test_every_wrong_field_is_an_entry(self, person):
        person.open()
        person.sign_up(email="no address", password=COMMON, firstName="x" * 101)
        expect(person.errors).to_have_count(3)
        expect(person.errors.filter(has_text="Please provide a valid email.")).to_have_count(1)
        expect(person.errors.filter(has_text="one of the first that attackers try")).to_have_count(1)

    def test_a_token_that_is_no_good_is_an_entry_and_the_second_try_works(self, member, page):
        member.log_out()
        page.context.clear_cookies()
        member.log_in()
        expect(member.errors).to_have_count(1)
        member.again()
        member.is_signed_in()


class TestSession:
    def test_sign_up_reload_and_logout(self, member, page):
        page.reload()
        member.is_signed_in()
        member.log_out()
        page.reload()
        member.is_signed_out()
        member.log_in(member.username)
        member.is_signed_in()

    def test_the_demo_button_signs_in(self, person, page):
        person.open()
        page.get_by_role("button", name="Log In").click()
        page.get_by_role("button", name="Demo User").click()
        expect(person.profile.nth(1)).to_have_text("Demo-lition")


@pytest.fixture(scope="module")
def private(database, tmp_path_factory):
    """A server whose answer to a registration tells nobody whether the address was new, so it has no user."""
    port = free_port()
    with front_end("r2_list", CREATE_REACT_APP, port, MODE="development") as front, development(
        tmp_path_factory.mktemp("private"), database, port, COMPATIBILITY="express-guide:list", REGISTRATION="private"
    ) as vestibule:  # fmt: skip
        vestibule.front = front
        yield vestibule


def test_a_private_registration_leaves_the_page_signed_out(private, page):
    """The page takes `undefined` for a user."""
    person = Person(page, private.front)
    person.open()
    person.sign_up()
    expect(page.get_by_role("form")).to_have_count(0)
    person.is_signed_out()
