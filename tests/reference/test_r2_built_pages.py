"""The Express guide's built front ends in production: a web server in front, which sets no cookie, and no restoring call."""

import pytest
from express_guide_pages import Person
from front_ends import WEB_SERVER, front_end
from playwright.sync_api import expect
from serving import production

from mail_servers import resend_api
from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]


@pytest.fixture(scope="module", params=["r2_object", "r2_list"])
def site(request, database, tmp_path_factory):
    """Vestibule, and the front end as `site.front`; the edition with a list needs its profile."""
    port, profile = free_port(), {"r2_object": "", "r2_list": "express-guide:list"}[request.param]
    with resend_api() as mails, front_end(request.param, WEB_SERVER, port, MODE="production") as front, production(
        tmp_path_factory.mktemp("site"), database, port, front.url, mails, COMPATIBILITY=profile
    ) as vestibule:  # fmt: skip
        vestibule.front = front
        yield vestibule


def test_the_first_call_of_a_fresh_browser_signs_up(page, site):
    asked = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(site.front.url)))
    person = Person(page, site.front)
    person.join()
    assert "/api/csrf/restore" not in asked
    page.reload()
    person.is_signed_in()
    person.log_out()


def test_the_first_call_of_a_fresh_browser_signs_in(page, site, chromium):
    person = Person(page, site.front)
    person.join()
    context = chromium.new_context()
    elsewhere = Person(context.new_page(), site.front)
    elsewhere.username, elsewhere.email = person.username, person.email
    elsewhere.open()
    elsewhere.log_in()
    elsewhere.is_signed_in()

    elsewhere.log_out()
    context.clear_cookies()
    elsewhere.log_in()
    said = elsewhere.errors.or_(elsewhere.error("message")).filter(has_text=".")
    expect(said.first).to_be_visible()
    elsewhere.again()
    elsewhere.is_signed_in()
    context.close()
