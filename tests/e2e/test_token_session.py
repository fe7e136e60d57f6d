"""The same pages, built for token sessions and served from another origin, as on a static host."""

import http.server
import os
import re
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browsing import Visitor
from servers import free_port, server

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[2] / "web"


class _Rewriting(http.server.SimpleHTTPRequestHandler):
    """A static host with the single-page rewrite of deploy/vercel.json."""

    def do_GET(self):
        if not Path(self.translate_path(self.path)).is_file():
            self.path = "/index.html"
        super().do_GET()

    def log_message(self, *args):
        return


@pytest.fixture(scope="module")
def front_end(tmp_path_factory):
    api, pages = free_port(), tmp_path_factory.mktemp("pages")
    environment = {
        **os.environ,
        "VITE_VESTIBULE_SESSION_TYPE": "token",
        "VITE_VESTIBULE_URL": f"http://localhost:{api}",
        "VESTIBULE_PAGES_DIR": str(pages),
    }
    subprocess.run([shutil.which("npx"), "vite", "build", "--logLevel", "error"], cwd=WEB, env=environment, check=True)
    static = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Rewriting, directory=str(pages)))
    threading.Thread(target=static.serve_forever, daemon=True).start()
    app_url = f"http://localhost:{static.server_address[1]}"
    folder = tmp_path_factory.mktemp("api")
    with server(folder, port=api, VESTIBULE_APP_URL=app_url, VESTIBULE_ARGON2_MEMORY_KIB="64") as running:
        yield app_url, running
    static.shutdown()
    static.server_close()


@pytest.fixture
def app(front_end, chromium) -> Page:
    context = chromium.new_context(base_url=front_end[0])
    yield context.new_page()
    context.close()


def profile(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=f"Hello, {name}")).to_be_visible()


class TestTokenSession:
    def test_register_reload_and_log_out(self, app):
        Visitor(app).register("merlin")
        app.goto("/account")
        profile(app, "merlin")
        app.reload()  # the access token is gone with the page; the refresh cookie brings a new one
        profile(app, "merlin")
        stored = app.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])")
        assert "eyJ" not in stored
        assert "vst_" not in stored
        assert "vst_" not in app.evaluate("document.cookie")
        app.get_by_role("button", name="Sign out").click()
        expect(app.get_by_text("You are signed out.")).to_be_visible()
        app.goto("/account")
        expect(app.get_by_role("heading", name="Sign in")).to_be_visible()

    def test_one_refresh_serves_all_requests_that_find_the_token_stale(self, app, front_end):
        app.goto("/auth/sign-in")
        Visitor(app).sign_in("Demo-lition", "password")
        profile(app, "Demo-lition")
        refreshes = []
        app.on("request", lambda request: refreshes.append(1) if request.url.endswith("/api/auth/refresh") else None)
        held, first = [], []

        def expire(route):
            """The first two requests are answered together, as if their token had just expired."""
            token = route.request.headers.get("authorization")
            first.append(token)
            if token != first[0]:
                route.continue_()
                return
            held.append(route)
            if len(held) < 2:
                return
            body = '{"code": "invalid_token", "detail": "expired"}'
            headers = {"Access-Control-Allow-Origin": front_end[0], "Access-Control-Allow-Credentials": "true"}
            for waiting in held:
                waiting.fulfill(status=401, body=body, content_type="application/problem+json", headers=headers)

        app.route(re.compile(r"/api/(sessions|auth/profile)$"), expire)
        app.evaluate(
            """document.querySelector('a[href="/account/sessions"]').click();
            new BroadcastChannel("vestibule").postMessage("ask again who is signed in")"""
        )
        expect(app.get_by_text("This device", exact=True)).to_be_visible()
        assert len(held) == 2
        assert len(refreshes) == 1

    def test_the_mailed_link_leads_to_the_front_end(self, app, front_end):
        Visitor(app).register("kestrel")
        app.context.request.post(f"{front_end[1].url}/api/auth/forgot-password", data={"email": "kestrel@example.com"})
        mails = app.context.request.get(f"{front_end[1].url}/dev/mailbox.json").json()
        link = next(mail for mail in mails if "Reset" in mail["subject"])["links"][0]
        assert link.startswith(front_end[0])
        app.goto(link)
        app.get_by_label("New password").fill("quiet green lantern")
        app.get_by_role("button", name="Save new password").click()
        expect(app.get_by_role("heading", name="Your password was changed")).to_be_visible()
        app.goto("/auth/sign-in")
        Visitor(app).sign_in("kestrel", "quiet green lantern")
        profile(app, "kestrel")

    def test_a_refusal_is_readable_across_origins(self, app):
        app.goto("/auth/sign-in")
        Visitor(app).sign_in("nobody", "wrong words here")
        expect(app.get_by_role("alert")).to_have_text("The username, email address or password is not right.")

    def test_a_deep_link_opens_directly(self, app):
        app.goto("/auth/reset-password/vst_rst_made_up")
        expect(app.get_by_role("heading", name="Choose a new password")).to_be_visible()
