"""What is refused for being too much is shown by every front end, and no page stays empty: all profiles on one server."""

import httpx
import pytest
from auth_flow_pages import Person as AuthFlowPerson
from express_guide_pages import Person as ExpressGuidePerson
from front_ends import STATIC, VITE, front_end
from modes import LIST, chosen
from playwright.sync_api import expect
from serving import PASSWORD, development, fresh

from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]


@pytest.fixture(scope="module")
def exhausted(database, tmp_path_factory):
    """A server that takes no registration and no sign-in of this address any more, with the three front ends."""
    port = free_port()
    with front_end("r1", STATIC, port, VITE_API_URL=f"http://localhost:{port}/api") as r1, front_end(
        "r2_list", VITE, port, MODE="development"
    ) as r2, front_end("r3", VITE, port) as r3, development(
        tmp_path_factory.mktemp("site"), database, port, **chosen(LIST), APP_URL=r1.url,
        LIMIT_REGISTRATION="1/1h", LIMIT_LOGIN_ADDRESS="1/1h",
    ) as vestibule:  # fmt: skip
        given = {"email": f"{fresh()}@example.com", "password": PASSWORD}
        httpx.post(f"{vestibule.url}/api/auth/register", json=given | {"username": fresh()}).raise_for_status()
        httpx.post(f"{vestibule.url}/api/auth/login", json=given).raise_for_status()
        vestibule.r1, vestibule.r2, vestibule.r3 = r1, r2, r3
        yield vestibule


def test_auth_flow_shows_the_sentence(exhausted, page):
    person = AuthFlowPerson(page, exhausted.r1)
    person.register()
    expect(person.alert).to_contain_text("Too many")
    person.log_in()
    expect(person.alert).to_contain_text("Too many")


def test_the_express_guide_is_drawn_and_shows_the_sentence(exhausted, page):
    person = ExpressGuidePerson(page, exhausted.r2)
    person.open()
    person.sign_up()
    expect(person.errors.filter(has_text="Too many")).to_have_count(1)
    person.open()
    person.log_in()
    expect(person.errors.filter(has_text="Too many")).to_have_count(1)


def test_auth_service_shows_the_sentence(exhausted, page):
    page.goto(f"{exhausted.r3.url}/signup/")
    for name, value in {"name": "Ahmed M.", "email": f"{fresh()}@example.com", "password": PASSWORD}.items():
        page.locator(f"[name={name}]").fill(value)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("alert")).to_contain_text("Too many")
