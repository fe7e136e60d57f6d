"""Auth-Flow's front end with the profile `auth-flow`: pages on one origin, the API on another, tokens in localStorage."""

import base64
import json

import httpx
import pytest
from auth_flow_pages import WRONG, Person
from front_ends import STATIC, front_end
from playwright.sync_api import expect
from serving import COMMON, OTHER_PASSWORD, PASSWORD, development, links_to

from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]


@pytest.fixture(scope="module")
def site(database, tmp_path_factory):
    """Vestibule, and the front end that was built for it as `site.front`."""
    port = free_port()
    with front_end("r1", STATIC, port, VITE_API_URL=f"http://localhost:{port}/api") as front, development(
        tmp_path_factory.mktemp("site"), database, port, COMPATIBILITY="auth-flow", APP_URL=front.url
    ) as vestibule:  # fmt: skip
        vestibule.front = front
        yield vestibule


@pytest.fixture
def person(page, site):
    return Person(page, site.front)


@pytest.fixture
def member(person, site):
    """A person with an account, signed in."""
    given = {"username": "Sriya T", "email": person.email, "password": PASSWORD}
    httpx.post(f"{site.url}/api/auth/register", json=given).raise_for_status()
    person.log_in()
    person.is_signed_in()
    return person


def claims_of(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


class TestRegistration:
    def test_takes_a_name_of_two_words_and_leads_to_the_sign_in_page(self, person):
        person.register("Sriya T")
        person.arrives("/auth/login")

    def test_the_same_name_may_be_another_persons_too(self, member, page, site):
        namesake = Person(page, site.front)
        namesake.join()
        namesake.sees_profile()

    def test_shows_the_sentence_about_a_common_password(self, person):
        person.register(password=COMMON)
        expect(person.alert).to_contain_text("one of the first that attackers try")
        person.arrives("/auth/register")

    def test_shows_the_sentence_about_a_taken_address(self, member, page, site):
        other = Person(page, site.front)
        other.register(email=member.email.upper())
        expect(other.alert).to_have_text("User with that email already exists")

    def test_shows_the_sentence_of_every_wrong_field(self, person):
        person.register(email="no address", password=COMMON)
        expect(person.alert).to_contain_text("one of the first that attackers try")
        expect(person.alert).to_contain_text("email")
        expect(person.alert).not_to_contain_text("Some fields need another value")


class TestSignIn:
    def test_stores_user_and_tokens_as_the_page_reads_them(self, member):
        stored = member.stored()
        assert set(stored) == {"user", "accessToken", "refreshToken"}
        assert stored["user"] == {"id": stored["user"]["id"], "username": "Sriya T", "email": member.email}
        assert stored["user"]["id"].startswith("user_")
        assert len(stored["accessToken"].split(".")) == 3
        assert stored["refreshToken"].startswith("vst_ref_")

    def test_shows_the_sentence_about_a_wrong_password(self, member):
        member.log_in("not the password")
        expect(member.alert).to_have_text(WRONG)

    def test_shows_the_same_for_an_unknown_address(self, person):
        person.log_in("not the password")
        expect(person.alert).to_have_text(WRONG)

    def test_the_access_token_lives_for_an_hour_and_says_who_it_is(self, member):
        stored = member.stored()
        claims = claims_of(stored["accessToken"])
        assert claims["exp"] - claims["iat"] == 3600
        expected = {"id": stored["user"]["id"], "email": member.email, "username": "Sriya T", "role": "user"}
        assert claims.items() >= (expected | {"sub": expected["id"]}).items()

    def test_a_page_of_an_origin_that_is_not_listed_gets_nothing(self, member, page, site):
        address = site.front.url.replace("localhost", "evil.example.localhost")
        page.goto(f"{address}/auth/forgot-password")
        page.get_by_label("Email").fill(member.email)
        page.get_by_role("button", name="Forgot password").click()
        expect(member.alert).to_have_text("Network Error")


class TestSession:
    def test_is_there_after_a_reload(self, member, page):
        page.reload()
        member.is_signed_in()
        member.sees_profile()
        page.goto(f"{member.front.url}/auth/dashboard")
        member.sees_profile()

    def test_signing_out_asks_the_server_nothing_and_forgets_the_tokens(self, member, page):
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        page.get_by_role("button", name="Logout").click()
        member.arrives("/auth/login")
        page.goto(f"{member.front.url}/auth/dashboard")
        member.arrives("/auth/login")
        assert page.evaluate("localStorage.length") == 0
        assert [url for url in requests if "/api/" in url] == []


class TestReset:
    def link(self, site, person):
        person.ask_for_link()
        return links_to(site, person.email, "Reset your password")[0]

    def test_the_mailed_link_opens_the_page_of_the_front_end(self, site, member, page):
        page.clock.install()
        link = self.link(site, member)
        front = site.front
        assert link.startswith(f"{front.url}/auth/reset-password/vst_rst_")
        member.choose_password(link, OTHER_PASSWORD)
        expect(page.get_by_role("status")).to_have_text("Your password was reset.")
        page.clock.run_for(2_000)
        member.arrives("/auth/login")
        member.log_in(PASSWORD)
        expect(member.alert).to_have_text(WRONG)
        member.log_in(OTHER_PASSWORD)
        member.is_signed_in()
        member.choose_password(link, OTHER_PASSWORD)
        expect(member.alert).to_contain_text("used")

    def test_a_weak_password_shows_its_sentence_and_leaves_the_link_good(self, site, member, page):
        link = self.link(site, member)
        member.choose_password(link, COMMON)
        expect(member.alert).to_contain_text("one of the first that attackers try")
        member.choose_password(link, OTHER_PASSWORD)
        expect(page.get_by_role("status")).to_have_text("Your password was reset.")

    def test_a_link_that_was_made_up_shows_a_sentence(self, person):
        person.choose_password("/auth/reset-password/vst_rst_made_up", OTHER_PASSWORD)
        expect(person.alert).not_to_be_empty()
        expect(person.alert).not_to_contain_text("status code")

    def test_an_unknown_address_is_told_the_same(self, person):
        person.ask_for_link()


class TestOtherLinks:
    def test_the_verification_link_opens_our_own_page(self, site, member, page):
        (link, *_) = links_to(site, member.email, "Confirm your email")
        token = member.stored()["accessToken"]
        assert link.startswith(f"{site.url}/auth/verify-email")
        page.goto(link)
        page.get_by_role("button", name="Confirm this address").click()
        expect(page.get_by_role("heading", name="Your email address is confirmed.")).to_be_visible()
        answer = httpx.get(f"{site.url}/api/auth/profile", headers={"Authorization": f"Bearer {token}"})
        assert answer.json()["user"]["emailVerified"] is True
