"""The browser library in Chromium, with either type of session: a page on another origin with tokens, a page on the same one with a
cookie; several tabs; a React application.
"""

import json
import re
import shutil
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from harness import PASSWORD
from programs import with_javascript
from servers import free_port, server

pytestmark = [pytest.mark.servers, pytest.mark.browser]
HOST, ID = "app.example.localhost", "id.example.localhost"
ROOT = Path(__file__).parents[2]
PAGE = """<!doctype html><title>An application</title><script type="module">
import { Vestibule, VestibuleError } from "/client/browser.js";
window.VestibuleError = VestibuleError;
window.client = new Vestibule(%s);
document.title = "ready";
</script>"""
REACT = """
import { createElement as h } from "react";
import { createRoot } from "react-dom/client";
import { useUser, useVestibule, VestibuleProvider } from "@vestibule/client/react";

function Home() {
  const { user, isLoading, error } = useUser();
  const client = useVestibule();
  if (isLoading) return h("p", null, "Loading");
  if (error) return h("p", { role: "alert" }, error.message);
  if (!user) return h("button", { onClick: () => client.signIn("%(email)s", "%(password)s") }, "Sign in");
  return h("div", null, h("h1", null, "Hello, ", user.username), h("button", { onClick: () => client.signOut() }, "Sign out"));
}

createRoot(document.getElementById("root")).render(
  h(VestibuleProvider, { issuer: "%(issuer)s" }, h(Home)),
);
"""


class Static(ThreadingHTTPServer):
    """Files of a folder, on a port of their own."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        class Quiet(SimpleHTTPRequestHandler):
            def log_message(self, *_) -> None: ...

        super().__init__(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
        self.folder = folder
        self.url = f"http://localhost:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(ROOT / "clients" / "js" / "dist", folder / "client")
    static = Static(folder)
    yield static
    static.shutdown()
    static.server_close()


@pytest.fixture(scope="module")
def issuer(tmp_path_factory, elsewhere):
    settings = {"CORS_ORIGINS": elsewhere.url, "ARGON2_MEMORY_KIB": "64", "LIMIT_REGISTRATION": "1000/1m"}
    given = {f"VESTIBULE_{name}": value for name, value in settings.items()}
    with server(tmp_path_factory.mktemp("issuer"), **given) as running:
        (elsewhere.folder / "app.html").write_text(PAGE % json.dumps({"issuer": running.url, "sessionType": "token"}))
        yield running


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium):
    made = chromium.new_context()
    yield made
    made.close()


def opened(context, url: str):
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("document.title === 'ready'")
    return page


def register(page, name: str):
    return page.evaluate(
        "([name, password]) => client.register(name, `${name}@example.com`, password)", [name, PASSWORD]
    )


class TestTokenSession:
    @pytest.fixture
    def address(self, issuer, elsewhere):
        return f"{elsewhere.url}/app.html"

    def test_a_person_stays_signed_in_over_a_reload(self, context, address):
        page = opened(context, address)
        assert page.evaluate("client.user()") is None
        assert register(page, "reloader")["username"] == "reloader"
        page.reload()
        page.wait_for_function("document.title === 'ready'")
        assert page.evaluate("client.user()")["username"] == "reloader"
        assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0

    def test_tabs_refresh_once_and_nobody_is_taken_for_a_thief(self, context, address, issuer):
        first = opened(context, address)
        register(first, "manytabs")
        tabs = [opened(context, address) for _ in range(5)]
        refreshes = []
        context.on("request", lambda request: refreshes.append(request) if "/refresh" in request.url else None)
        for tab in tabs:
            tab.evaluate("window.asked = client.user(); null")
        names = [tab.evaluate("window.asked.then(user => user.username)") for tab in tabs]
        assert names == ["manytabs"] * 5
        posts = [request for request in refreshes if request.method == "POST"]
        assert len(posts) <= 2, "the first one, and one that began before its answer was heard"
        assert first.evaluate("client.user()")["username"] == "manytabs"
        answers = [tab.evaluate(f"client.fetch('{issuer.url}/api/account').then(r => r.status)") for tab in tabs]
        assert answers == [200] * 5

    def test_an_expired_token_is_renewed_on_the_way(self, context, address, issuer):
        page = opened(context, address)
        register(page, "renewed")
        again = page.evaluate(
            """async issuer => {
                const sent = [];
                const plain = window.fetch;
                window.fetch = async (request, init) => {
                    const answer = await plain(request, init);
                    sent.push([new URL(request.url ?? request).pathname, answer.status]);
                    return sent.length === 1 ? new Response("{}", { status: 401 }) : answer;
                };
                const answer = await client.fetch(`${issuer}/api/account`);
                return [answer.status, sent.map(([path]) => path)];
            }""",
            issuer.url,
        )
        assert again == [200, ["/api/account", "/api/auth/refresh", "/api/account"]]

    def test_signing_out_reaches_every_tab(self, context, address):
        first = opened(context, address)
        register(first, "leaver")
        second = opened(context, address)
        assert second.evaluate("client.user()")["username"] == "leaver"
        second.evaluate("window.heard = new Promise(done => client.onChange(done)); null")
        first.evaluate("client.signOut()")
        second.evaluate("window.heard")
        assert second.evaluate("client.user()") is None
        second.reload()
        second.wait_for_function("document.title === 'ready'")
        assert second.evaluate("client.user()") is None

    def test_refusals_are_typed(self, context, address):
        page = opened(context, address)
        code = "client.signIn('nobody@example.com', 'wrong words here').catch(e => [e instanceof VestibuleError, e.code, e.status])"
        assert page.evaluate(code) == [True, "invalid_credentials", 401]
        code = "client.signIn('nobody@example.com', 'wrong words here').catch(e => [e.errors, e.body.errors.message === e.message])"
        assert page.evaluate(code) == [{}, True]
        fields = page.evaluate("client.register('x', 'no address', 'short').catch(e => Object.keys(e.errors).sort())")
        assert fields == ["email", "password", "username"]


class TestCookieSession:
    @pytest.fixture
    def address(self, issuer, elsewhere, context):
        """A page of Vestibule's own origin, as behind one reverse proxy."""
        page = PAGE % json.dumps({"issuer": issuer.url})
        context.route("**/our/app.html", lambda route: route.fulfill(body=page, content_type="text/html"))
        files = elsewhere.folder / "client"
        context.route(
            "**/client/*.js",
            lambda route: route.fulfill(path=files / Path(route.request.url).name, content_type="text/javascript"),
        )
        return f"{issuer.url}/our/app.html"

    def test_csrf_is_taken_care_of(self, context, address, issuer):
        page = opened(context, address)
        assert page.evaluate("client.sessionType") == "cookie"
        register(page, "cookieperson")
        change = "client.fetch('/api/account', {method: 'PATCH', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({name: 'C'})}).then(r => r.status)"
        assert page.evaluate(change) == 200
        other = opened(context, address)
        other.evaluate("client.signOut()")
        assert page.evaluate("client.user()") is None
        signed = page.evaluate("password => client.signIn('cookieperson', password)", PASSWORD)
        assert signed["username"] == "cookieperson"
        assert other.evaluate(change) == 200, "its old CSRF token is replaced on the way"


class TestOutage:
    """Vestibule does not answer, or not as Vestibule: that is an error, and never "signed out"."""

    @pytest.fixture
    def address(self, issuer, elsewhere):
        return f"{elsewhere.url}/app.html"

    CODES = "client.user().catch(error => [error.code, error.status])"

    def answers(self, context, issuer, elsewhere, path, **answer):
        headers = {"Access-Control-Allow-Origin": elsewhere.url, "Access-Control-Allow-Credentials": "true"}
        context.route(f"{issuer.url}{path}", lambda route: route.fulfill(headers=headers, **answer))

    def test_nobody_listening_is_an_error_that_passes(self, context, address, issuer, elsewhere):
        page = opened(context, address)
        context.route(f"{issuer.url}/**", lambda route: route.abort())
        page.evaluate("window.heard = new Promise(done => client.onChange(done)); null")
        assert page.evaluate(self.CODES) == ["unreachable", 0]
        page.evaluate("window.heard")
        message = page.evaluate("client.state.error.message")
        assert issuer.url in message
        assert f"{elsewhere.url} in its VESTIBULE_CORS_ORIGINS" in message
        assert page.evaluate("client.current === undefined")
        context.unroute_all()
        assert page.evaluate("client.user()") is None
        assert page.evaluate("client.state.error === undefined")

    def test_an_origin_that_is_not_listed_is_an_error(self, context, address, issuer, elsewhere):
        page = opened(context, address.replace("localhost", "unlisted.localhost"))
        assert page.evaluate(self.CODES) == ["unreachable", 0]

    @pytest.mark.parametrize(("path", "answer", "code"), [
        ("/api/auth/refresh", {"status": 503, "body": "{}"}, ["unknown", 503]),
        ("/api/auth/refresh", {"status": 429, "body": "{}"}, ["unknown", 429]),
        ("/api/auth/refresh", {"status": 200, "body": "<h1>Wi-Fi</h1>"}, ["unreadable", 200]),
        ("/api/auth/profile", {"status": 502, "body": "<h1>Bad Gateway</h1>"}, ["unknown", 502]),
        ("/api/auth/profile", {"status": 200, "body": "<h1>Wi-Fi</h1>"}, ["unreadable", 200]),
        ("/api/auth/profile", {"status": 200, "body": "null"}, ["unreadable", 200]),
        ("/api/auth/profile", {"status": 200, "body": "{}"}, ["unreadable", 200]),
        ("/api/auth/profile", {"status": 200, "body": '{"user":{"id":5}}'}, ["unreadable", 200]),
    ])  # fmt: skip
    def test_an_odd_answer_is_not_signed_out(self, context, address, issuer, elsewhere, path, answer, code):
        page = opened(context, address)
        register(page, f"odd{abs(hash((path, str(answer)))) % 10**9}")
        page.reload()
        page.wait_for_function("document.title === 'ready'")
        self.answers(context, issuer, elsewhere, path, **answer)
        assert page.evaluate(self.CODES) == code
        assert page.evaluate("client.current === undefined")
        context.unroute_all()
        assert page.evaluate("client.user()")["username"].startswith("odd")

    def test_a_session_that_could_not_be_ended_is_not_called_ended(self, context, address, issuer, elsewhere):
        page = opened(context, address)
        register(page, "stayer")
        self.answers(context, issuer, elsewhere, "/api/auth/logout", status=503, body="{}")
        assert page.evaluate("client.signOut().catch(error => error.status)") == 503
        assert page.evaluate("client.user()")["username"] == "stayer"

    def test_an_answer_that_is_overtaken_by_a_sign_in_does_not_sign_out(self, context, address):
        page = opened(context, address)
        register(page, "overtaker")
        page.evaluate("client.signOut()")
        page.reload()
        page.wait_for_function("document.title === 'ready'")
        page.evaluate(
            """() => {
                const plain = window.fetch;
                window.held = new Promise(done => (window.release = done));
                window.fetch = async (...args) => {
                    const answer = await plain(...args);
                    if (String(args[0].url ?? args[0]).endsWith("/refresh")) await window.held;
                    return answer;
                };
                window.first = client.user();
            }"""
        )
        page.evaluate("password => client.signIn('overtaker@example.com', password)", PASSWORD)
        page.evaluate("release()")
        assert page.evaluate("first")["username"] == "overtaker"
        assert page.evaluate("client.user()")["username"] == "overtaker"

    def test_an_anonymous_page_asks_once_and_logs_nothing(self, context, address):
        page, logged, refreshes = context.new_page(), [], []
        page.on("console", lambda message: logged.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: refreshes.append(1) if request.url.endswith("/refresh") else None)
        page.goto(address)
        page.wait_for_function("document.title === 'ready'")
        for _ in range(3):
            assert page.evaluate("client.user()") is None
        assert (logged, len(refreshes)) == ([], 1)


class TestReact:
    def test_the_hook_follows(self, context, issuer, elsewhere, tmp_path):
        page = opened(context, f"{elsewhere.url}/app.html")
        register(page, "reactperson")
        page.evaluate("client.signOut()")
        with_javascript(tmp_path)
        values = {"issuer": issuer.url, "email": "reactperson@example.com", "password": PASSWORD}
        (tmp_path / "main.js").write_text(REACT % values)
        (tmp_path / "index.html").write_text('<div id="root"></div><script type="module" src="/main.js"></script>')
        vite = ROOT / "web" / "node_modules" / "vite" / "bin" / "vite.js"
        out = elsewhere.folder / "react"
        built = subprocess.run(
            ["node", str(vite), "build", "--base", "./", "--outDir", str(out), "--logLevel", "warn"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert built.returncode == 0, built.stderr
        context.route(f"{issuer.url}/**", lambda route: route.abort())
        page.goto(f"{elsewhere.url}/react/index.html")
        expect(page.get_by_role("alert")).to_contain_text(f"No answer from {issuer.url}")
        context.unroute_all()
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Hello, reactperson")).to_be_visible()
        other = context.new_page()
        other.goto(f"{elsewhere.url}/react/index.html")
        expect(other.get_by_role("heading", name="Hello, reactperson")).to_be_visible()
        other.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()


@pytest.fixture(scope="module")
def beside(elsewhere, tmp_path_factory):
    """Vestibule at id.example.localhost, and pages of app.example.localhost, of its origin and of neither's site."""
    port = free_port()
    url = f"http://{ID}:{port}"
    app = f"http://{HOST}:{elsewhere.server_port}"
    settings = {
        "CORS_ORIGINS": f"{app},{elsewhere.url}", "ARGON2_MEMORY_KIB": "64", "FORWARD_AUTH_DOMAIN": "example.localhost",
        "FORWARD_AUTH": f"{HOST}/* signed-in",
    }  # fmt: skip
    given = {f"VESTIBULE_{name}": value for name, value in settings.items()}
    folder = tmp_path_factory.mktemp("beside")
    for kind in ("token", "cookie"):
        page = PAGE % json.dumps({"issuer": url, "sessionType": kind})
        (elsewhere.folder / f"beside-{kind}.html").write_text(page)
    with server(folder, "dev", "--data-dir", str(folder), "--public-url", url, port=port, **given):
        yield url, app


class TestRedirectToSignIn:
    """A page on another origin would come back without a token, so the library does not send it there."""

    def page_of(self, context, elsewhere, address: str):
        """A page at this address; those of Vestibule's own origin are put there as a reverse proxy would."""
        if ID in address:
            body = (elsewhere.folder / Path(address).name).read_text()
            context.route(
                re.compile(r"/our/[^?]*\.html"), lambda route: route.fulfill(body=body, content_type="text/html")
            )
            context.route(
                "**/client/*.js",
                lambda route: route.fulfill(
                    path=elsewhere.folder / "client" / Path(route.request.url).name, content_type="text/javascript"
                ),
            )
        return opened(context, address)

    @pytest.mark.parametrize("kind", ["token", "cookie"])
    @pytest.mark.parametrize("place", ["sibling", "another site"])
    def test_a_page_on_another_origin_stays_where_it_is_and_learns_why(self, context, elsewhere, beside, place, kind):
        url, app = beside
        address = f"{app if place == 'sibling' else elsewhere.url}/beside-{kind}.html"
        page = self.page_of(context, elsewhere, address)
        said = page.evaluate(
            "() => { try { client.redirectToSignIn(); return '' } catch (error) { return error.message } }"
        )
        assert address.rpartition("/")[0] in said
        assert url in said
        assert "signIn()" in said
        expect(page).to_have_url(address)
        assert page.evaluate("client.user()") is None

    @pytest.mark.parametrize(("kind", "target"), [("token", ""), ("cookie", "https://elsewhere.example/")])
    def test_nor_does_it_go_where_nobody_would_be_signed_in_afterwards(self, context, elsewhere, beside, kind, target):
        page = self.page_of(context, elsewhere, f"{beside[0]}/our/beside-{kind}.html")
        call = f"client.redirectToSignIn({json.dumps(target) if target else ''})"
        assert page.evaluate(f"() => {{ try {{ {call} }} catch (error) {{ return error.message }} }}").startswith(
            "redirectToSignIn: "
        )

    @pytest.mark.parametrize("to", ["", "/our/beside-cookie.html?order=7#line-3"])
    def test_a_page_of_vestibule_s_own_origin_comes_back_signed_in(self, context, elsewhere, beside, to):
        url, _ = beside
        address = f"{url}/our/beside-cookie.html"
        page = self.page_of(context, elsewhere, address)
        name = f"returning{len(to)}"
        register(page, name)
        page.evaluate("client.signOut()")
        page.evaluate(f"client.redirectToSignIn({json.dumps(to) if to else ''})")
        page.get_by_label("Username or email").fill(name)
        page.get_by_role("button", name="Continue", exact=True).click()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page).to_have_url(url + to if to else address)
        page.reload()  # what a redirect leads to is not given by a route
        expect(page).to_have_title("ready")
        assert page.evaluate("client.user()")["username"] == name
