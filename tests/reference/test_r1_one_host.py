"""Auth-Flow's built front end and Vestibule in production behind one web server, beside Vestibule's own pages."""

import pytest
from auth_flow_pages import WRONG, Person
from front_ends import Proxy, front_end
from playwright.sync_api import expect
from serving import OTHER_PASSWORD, PASSWORD, posted_link, production

from mail_servers import resend_api
from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]
# Their pages and ours share `/auth/...`: what theirs do not have goes to Vestibule.
OURS = ("/api", "/assets", "/account", "/auth/sign-in", "/auth/verify-email", "/theme.js", "/favicon.svg")


@pytest.fixture(scope="module")
def mails():
    with resend_api() as api:
        yield api


@pytest.fixture(scope="module")
def site(database, mails, tmp_path_factory):
    port = free_port()
    with front_end("r1", Proxy(paths=OURS, says_forwarded=True), port, VITE_API_URL="/api") as front, production(
        tmp_path_factory.mktemp("site"), database, port, front.url, mails, COMPATIBILITY="auth-flow"
    ) as vestibule:  # fmt: skip
        vestibule.front = front
        yield vestibule


@pytest.fixture
def person(page, site):
    return Person(page, site.front)


def sign_in_at_our_pages(page, site, email, password=PASSWORD):
    page.goto(f"{site.front.url}/auth/sign-in")
    page.get_by_label("Username or email").fill(email)
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Hello")).to_be_visible()


def test_everything_works_while_signed_in_at_our_pages(person, page, site, mails):
    person.register()
    person.arrives("/auth/login")
    sign_in_at_our_pages(page, site, person.email)
    other = Person(page, site.front)
    other.join()
    other.sees_profile()
    other.log_in("not the password")
    expect(other.alert).to_have_text(WRONG)
    other.ask_for_link()
    link = posted_link(mails, other.email, "Reset your password")
    front = site.front
    assert link.startswith(f"{front.url}/auth/reset-password/vst_rst_")
    other.choose_password(link, OTHER_PASSWORD)
    expect(page.get_by_role("status")).to_have_text("Your password was reset.")
    other.log_in(OTHER_PASSWORD)
    other.is_signed_in()
    page.goto(f"{site.front.url}/account")
    expect(page.get_by_text(person.email).first).to_be_visible()


def test_signing_in_on_their_page_signs_nobody_in_on_ours(person, page, site):
    person.join()
    page.goto(f"{site.front.url}/account")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "vestibule_session" not in {cookie["name"] for cookie in page.context.cookies()}


def test_the_verification_link_opens_our_page_there(person, page, site, mails):
    person.register()
    person.arrives("/auth/login")
    page.goto(posted_link(mails, person.email, "Confirm your email"))
    page.get_by_role("button", name="Confirm this address").click()
    expect(page.get_by_role("heading", name="Your email address is confirmed.")).to_be_visible()
