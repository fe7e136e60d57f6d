"""The Express guide's front end whose `errors` is an object, behind Vite's proxy: no profile and no setting for its origin."""

import httpx
import pytest
from express_guide_pages import Person
from front_ends import VITE, front_end
from playwright.sync_api import expect
from serving import COMMON, PASSWORD, development

from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]
WRONG = "The username, email address or password is not right."


@pytest.fixture(scope="module")
def site(database, tmp_path_factory):
    port = free_port()
    with front_end("r2_object", VITE, port, MODE="development") as front, development(
        tmp_path_factory.mktemp("site"), database, port
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


class TestSignUp:
    def test_signs_in_and_greets_by_the_first_name(self, member):
        member.is_signed_in("Sriya", "Talwar")

    def test_shows_under_their_fields_what_is_taken(self, member):
        member.log_out()
        member.sign_up()
        expect(member.error("username")).to_have_text("User with that username already exists")
        expect(member.error("email")).to_have_text("User with that email already exists")

    def test_shows_every_wrong_field_at_once(self, person):
        person.open()
        person.sign_up(email="no address", password=COMMON, username="a@b.io")
        expect(person.error("email")).to_have_text("Please provide a valid email.")
        expect(person.error("username")).to_have_text("Username cannot be an email.")
        expect(person.error("password")).to_contain_text("one of the first that attackers try")

    def test_shows_what_is_wrong_with_a_short_password_that_its_own_check_lets_through(self, person):
        person.open()
        person.sign_up(password="secret")
        expect(person.error("password")).to_have_text("Password must be 8 characters or more.")

    def test_shows_what_is_wrong_with_the_names(self, person):
        person.open()
        person.sign_up(firstName="x" * 101, lastName="x" * 101)
        expect(person.error("firstName")).not_to_be_empty()
        expect(person.error("lastName")).not_to_be_empty()
        person.is_signed_out()


class TestSignIn:
    def test_a_wrong_password_shows_a_sentence(self, member):
        member.log_out()
        member.log_in(password="not the password")
        expect(member.error("message")).to_have_text(WRONG)

    def test_an_unknown_name_shows_the_same(self, person):
        person.open()
        person.log_in()
        expect(person.error("message")).to_have_text(WRONG)

    def test_the_demo_button_signs_in(self, person, page):
        person.open()
        page.get_by_role("button", name="Log In").click()
        page.get_by_role("button", name="Demo User").click()
        expect(person.profile.nth(1)).to_have_text("Demo-lition")

    def test_takes_name_and_address_and_works_again_without_loading_the_page_anew(self, member):
        for credential in (member.username, member.email):
            member.log_out()
            member.log_in(credential)
            member.is_signed_in()

    @pytest.mark.parametrize("stale", ["XSRF-TOKEN", None])
    def test_with_a_token_that_is_no_good_the_second_try_works(self, member, page, stale):
        """The first one says what is wrong, as long as the page has something to show."""
        member.log_out()
        page.context.clear_cookies(**({"name": stale} if stale else {}))
        member.log_in()
        expect(member.error("message")).not_to_be_empty()
        member.again()
        member.is_signed_in()


class TestSession:
    def test_is_there_after_a_reload_and_on_every_path(self, member, page):
        page.reload()
        member.is_signed_in()
        page.goto(f"{member.front.url}/bookings/current")
        member.is_signed_in()
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0

    def test_signing_out_lasts(self, member, page):
        member.log_out()
        page.reload()
        member.is_signed_out()

    def test_one_that_ended_elsewhere_leaves_a_page_for_strangers(self, member, page, site):
        api = f"{site.url}/api"
        tokens = httpx.post(f"{api}/auth/login", json={"email": member.email, "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
        assert httpx.delete(f"{api}/sessions", headers=headers).is_success
        page.reload()
        member.is_signed_out()
        member.log_in()
        member.is_signed_in()

    def test_a_cookie_that_is_garbage_leaves_a_page_for_strangers(self, member, page):
        page.context.add_cookies(
            [{"name": name, "value": "x", "url": member.front.url} for name in ("vestibule_session", "token", "_csrf")]
        )
        page.reload()
        member.is_signed_out()
        member.log_in()
        member.is_signed_in()
