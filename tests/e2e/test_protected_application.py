"""An application behind a reverse proxy, as people meet it: sign in on the way, and arrive where they were going."""

import json

import pytest
from playwright.sync_api import expect

from harness import PASSWORD
from reverse_proxies import Application, proxy
from servers import free_port, server

pytestmark = pytest.mark.browser
HOST, ID = "app.example.localhost", "id.example.localhost"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder, port = tmp_path_factory.mktemp("protected"), free_port()
    told = {
        "VESTIBULE_FORWARD_AUTH": f"{HOST}/admin/* role=admin; {HOST}/vault/* aal=2; {HOST}/* signed-in",
        "VESTIBULE_FORWARD_AUTH_DOMAIN": "example.localhost",
        "VESTIBULE_ARGON2_MEMORY_KIB": "64",
    }
    url = f"http://{ID}:{port}"
    with server(folder, "dev", "--data-dir", str(folder), "--public-url", url, port=port, **told) as running:
        running.url = url
        running.settings = told | {
            "VESTIBULE_PUBLIC_URL": url,
            "VESTIBULE_ENV": "development",
            "VESTIBULE_DATA_DIR": str(folder),
            "VESTIBULE_SECRET_KEY": "x7Kx2Vq7Zt4Lm9Rb3Yn6Hs5Jd1Pf0Gc-printing",
        }
        yield running


@pytest.fixture(scope="module")
def application(site, tmp_path_factory):
    """Its address, behind nginx."""
    behind = Application()
    folder = tmp_path_factory.mktemp("nginx")
    with proxy("nginx", folder, HOST, behind.url, f"http://127.0.0.1:{site.port}", **site.settings) as port:
        yield f"http://{HOST}:{port}"
    behind.close()


def told(page):
    """What the application, which answers with what it got, was told about the visitor."""
    return dict(map(tuple, json.loads(page.locator("body").inner_text())["headers"]))


def test_sign_in_on_the_way_and_arrive(visitor, page, application):
    visitor.register("traveller")
    page.context.clear_cookies()
    page.goto(f"{application}/orders/7?page=2#line-3")
    visitor.heading("Sign in")
    visitor.sign_in("traveller")
    page.wait_for_url(f"{application}/orders/7?page=2*")
    assert told(page)["remote-user"] == "traveller"
    page.goto(f"{application}/elsewhere")
    assert told(page)["remote-user"] == "traveller"


def test_who_is_signed_in_already_is_not_asked_again(visitor, page, application):
    visitor.register("insider")
    page.goto(f"{application}/orders")
    page.wait_for_url(f"{application}/orders")
    assert told(page)["remote-user"] == "insider"


@pytest.mark.parametrize(
    ("path", "title"), [("/admin/users", "Not for this account"), ("/vault/1", "A second factor is needed")]
)
def test_who_may_not_is_told_why_and_may_come_back_as_somebody_else(visitor, page, application, path, title):
    name = f"visitor{path[1:4]}"
    visitor.register(name)
    page.goto(application + path)
    visitor.heading(title)
    expect(page.get_by_text(f"{name}")).to_be_visible()
    button = "Sign in again" if "vault" in path else "Use another account"
    page.get_by_role("button", name=button).click()
    visitor.heading("Sign in")
    visitor.sign_in(name, PASSWORD)
    visitor.heading(title)
