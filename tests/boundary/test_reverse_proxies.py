"""Six real reverse proxies, configured by `vestibule proxy`, in front of an application and a running server.

Cases 197, 199, 201: nobody gets through unseen, and whatever a client sends in the place of an identity is gone.
"""

import itertools
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from harness import PASSWORD
from reverse_proxies import KINDS, Application, proxy
from servers import command, free_port, server

pytestmark = pytest.mark.servers
HOST, ID = "app.example.localhost", "id.example.localhost"
RULES = f"{HOST}/public/* public\n{HOST}/admin/* role=admin\n{HOST}/* signed-in"
IDENTITIES = (
    "Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "X-Auth-Request-User",
    "X-Auth-Request-Preferred-Username", "X-Auth-Request-Email", "X-Auth-Request-Groups", "X-Vestibule-Token",
)  # fmt: skip


def spellings(name):
    """How a client may write a header so that some program takes it for another (case, underscores, doubles)."""
    yield name
    yield name.upper()
    yield name.lower()
    yield name.replace("-", "_")
    yield name.replace("-", "_", 1).lower()


SPOOFED = [*itertools.chain.from_iterable(spellings(name) for name in IDENTITIES)]


class Site:
    """A host behind one proxy, seen by a client that keeps its own cookies."""

    def __init__(self, kind, port, application, vestibule) -> None:
        self.kind = kind
        self.port = port
        self.application = application
        self.vestibule = vestibule
        self.http = httpx.Client(timeout=20)
        self.authority = f"{HOST}:{port}"

    def wait_for_routes(self):
        """Some proxies listen before they have read who is behind them."""
        for _ in range(1000):
            if self.get("/").status_code != 404:
                return
            time.sleep(0.01)
        raise AssertionError(f"{self.kind} knows no such host")

    def get(self, target, headers=(), method="GET"):
        given = list(headers.items()) if isinstance(headers, dict) else list(headers)
        return self.http.request(
            method, f"http://127.0.0.1:{self.port}{target}", headers=[("Host", self.authority), *given]
        )

    def ask(self, method, path, json=None, **headers):
        """A request to Vestibule itself, under its own name."""
        given = {"Host": f"{ID}:{self.vestibule.port}", **headers}
        url = path if path.startswith("http") else f"http://{ID}:{self.vestibule.port}{path}"
        parts = urlsplit(url)
        address = f"http://127.0.0.1:{self.vestibule.port}{parts.path}{'?' + parts.query if parts.query else ''}"
        return self.http.request(method, address, json=json, headers=given)

    def sign_in(self, name):
        """Somebody's browser session: its cookie, and the cookie that the other hosts of the domain see."""
        registered = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        self.ask("POST", "/api/auth/register", registered)
        csrf = self.ask("GET", "/api/csrf/restore")
        jar = "; ".join(f"{k}={v}" for k, v in csrf.cookies.items())
        answer = self.ask("POST", "/api/session", {"credential": name, "password": PASSWORD},
                          **{"Cookie": jar, "XSRF-Token": csrf.json()["XSRF-Token"]})  # fmt: skip
        assert answer.status_code == 200, answer.text
        session = f"vestibule_session={answer.cookies['vestibule_session']}"
        back = self.ask("GET", f"/forward-auth/return?to=http://{self.authority}/", Cookie=session)
        self.http.cookies.clear()
        return session, back.headers["set-cookie"].partition(";")[0], answer.cookies["XSRF-TOKEN"]


@pytest.fixture(scope="module")
def vestibule(tmp_path_factory):
    port = free_port()
    told = {
        "VESTIBULE_FORWARD_AUTH_DOMAIN": "example.localhost",
        "VESTIBULE_FORWARD_AUTH": RULES, "VESTIBULE_ARGON2_MEMORY_KIB": "64",
        "VESTIBULE_LIMIT_REGISTRATION": "1000/1m",
    }  # fmt: skip
    folder = tmp_path_factory.mktemp("vestibule")
    url = f"http://{ID}:{port}"
    with server(folder, "dev", "--data-dir", str(folder), "--public-url", url, port=port, **told) as running:
        running.settings = told | {
            "VESTIBULE_PUBLIC_URL": url, "VESTIBULE_ENV": "development", "VESTIBULE_DATA_DIR": str(folder),
            "VESTIBULE_SECRET_KEY": "x7Kx2Vq7Zt4Lm9Rb3Yn6Hs5Jd1Pf0Gc-printing",
        }  # fmt: skip
        yield running


@pytest.fixture(scope="module")
def application():
    running = Application()
    yield running
    running.close()


@pytest.fixture(scope="module", params=KINDS)
def site(request, tmp_path_factory, vestibule, application):
    folder = tmp_path_factory.mktemp(request.param)
    address = f"http://127.0.0.1:{vestibule.port}"
    with proxy(request.param, folder, HOST, application.url, address, **vestibule.settings) as port:
        site = Site(request.param, port, application, vestibule)
        site.wait_for_routes()
        application.requests.clear()
        yield site
        site.http.close()


@pytest.fixture(scope="module")
def alice(site):
    return site.sign_in(f"alice{site.kind}")


def test_a_page_is_sent_to_sign_in_and_comes_back_to_where_it_was_going(site, alice):
    session, _, _ = alice
    first = site.get("/orders/7?page=2&q=a%20b", {"Accept": "text/html"})
    assert first.status_code == 302
    stranger = site.ask("GET", first.headers["location"])
    assert stranger.status_code == 303
    signing_in = urlsplit(stranger.headers["location"])
    assert signing_in.path == "/auth/sign-in"
    back = site.ask("GET", parse_qs(signing_in.query)["next"][0], Cookie=session)
    assert back.headers["location"] == f"http://{site.authority}/orders/7?page=2&q=a%20b"
    cookie = back.headers["set-cookie"].partition(";")[0]
    seen = site.get("/orders/7?page=2&q=a%20b", {"Accept": "text/html", "Cookie": f"theme=dark; {cookie}; other=1"})
    assert (seen.status_code, seen.json()["target"]) == (200, "/orders/7?page=2&q=a%20b")
    told = dict(map(tuple, seen.json()["headers"]))
    assert told["remote-user"] == f"alice{site.kind}"
    assert told["remote-email"] == f"alice{site.kind}@example.com"
    if site.kind != "traefik":  # which can not take a cookie away: docs/forward-auth.md says so
        assert "vestibule" not in told["cookie"]
    assert "theme=dark" in told["cookie"]
    assert "other=1" in told["cookie"]


def test_the_signed_header_is_for_this_host(site, alice):
    told = dict(map(tuple, site.get("/", {"Cookie": alice[1]}).json()["headers"]))
    key = jwt.PyJWK(site.ask("GET", "/.well-known/jwks.json").json()["keys"][0])
    claims = jwt.decode(told["x-vestibule-token"], key, algorithms=["ES256"], audience=f"http://{site.authority}")
    assert claims["preferred_username"] == f"alice{site.kind}"


def test_a_call_is_told_401_and_a_role_is_asked_for(site, alice):
    refused = site.get("/api/orders", {"Accept": "application/json"})
    assert refused.status_code == 401
    assert "location" not in refused.headers
    assert site.get("/admin/users", {"Cookie": alice[1]}).status_code == 403
    for target in ("/public/../admin/x", "/public/%2e%2e/admin/x", "/ADMIN/x", "/public/..%2fadmin/x", "//admin/x"):
        before = len(site.application.requests)
        site.get(target, {"Cookie": alice[1]})
        assert not [seen for seen in site.application.requests[before:] if "admin" in seen["target"].lower()]


def test_methods_and_bodies_arrive(site, alice):
    answer = site.get("/orders", {"Cookie": alice[1]}, method="POST")
    assert answer.json()["method"] == "POST"
    assert site.get("/orders", method="DELETE").status_code == 401


@pytest.mark.parametrize("signed_in", [False, True])
@pytest.mark.parametrize("hops", [False, True], ids=["plain", "hop-by-hop"])
def test_nobody_becomes_somebody_by_a_header(site, alice, signed_in, hops):
    cookie = [("Cookie", alice[1])] if signed_in else []
    for name in SPOOFED:
        before = len(site.application.requests)
        named = [("Connection", f"close, {name}")] if hops else []
        answer = site.get("/public/x", [(name, "admin"), (name, "root"), *named, *cookie])
        assert answer.status_code in (200, 400, 403), name
        for seen in site.application.requests[before:]:
            values = [v for n, v in seen["headers"] if n.replace("_", "-") in map(str.lower, IDENTITIES)]
            assert "admin" not in "".join(values), name
            assert "root" not in "".join(values), name


@pytest.mark.parametrize(
    "header",
    ["X-Forwarded-Host", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Original-URL", "X-Original-URI",
     "X_Forwarded_Uri", "X-Forwarded_Host", "X-Rewrite-Url", "X-Original-Host", "Forwarded", "X-Envoy-Original-Path"],
)  # fmt: skip
def test_the_address_is_the_one_that_was_asked_for(site, header):
    for value in ("/public/x", f"http://{HOST}/public/x", "127.0.0.1", f"host={ID}"):
        before = len(site.application.requests)
        assert site.get("/private", [(header, value)]).status_code in (400, 401, 403)
        assert len(site.application.requests) == before


def test_an_ended_session_is_refused_at_once(site):
    session, cookie, csrf = site.sign_in(f"bob{site.kind}")
    assert site.get("/", {"Cookie": cookie}).status_code == 200
    ended = site.ask("DELETE", "/api/session", Cookie=f"{session}; XSRF-TOKEN={csrf}", **{"XSRF-Token": csrf})
    assert ended.status_code == 200
    assert site.get("/", {"Cookie": cookie}).status_code == 401


@pytest.mark.parametrize("kind", KINDS)
def test_without_vestibule_the_door_is_shut(kind, tmp_path, vestibule, application):
    nobody = f"http://127.0.0.1:{free_port()}"
    before = len(application.requests)
    with proxy(kind, tmp_path, HOST, application.url, nobody, **vestibule.settings) as port:
        site = Site(kind, port, application, vestibule)
        site.wait_for_routes()
        assert site.get("/public/x").status_code >= 400
        site.http.close()
    assert len(application.requests) == before


class TestPrinting:
    def test_says_what_still_keeps_people_out(self, tmp_path, vestibule):
        bare = vestibule.settings | {"VESTIBULE_FORWARD_AUTH": "", "VESTIBULE_FORWARD_AUTH_DOMAIN": ""}
        done = command("proxy", "caddy", "--host", HOST, folder=tmp_path, **bare)
        assert "VESTIBULE_FORWARD_AUTH_DOMAIN=example.localhost" in done.stderr
        assert f"VESTIBULE_FORWARD_AUTH='{HOST}/* signed-in'" in done.stderr
        assert "forward_auth" in done.stdout

    @pytest.mark.parametrize(
        "host", ["1password.example.localhost", "a-rather-long-name.of-a-customer.example.localhost"]
    )
    def test_names_of_all_kinds_are_accepted_by_nginx(self, tmp_path, vestibule, application, host):
        with proxy("nginx", tmp_path, host, application.url, "http://127.0.0.1:1", **vestibule.settings) as port:
            answer = httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": host})
        assert answer.status_code >= 400

    def test_refuses_what_is_no_host(self, tmp_path, vestibule):
        done = command("proxy", "nginx", "--host", "https://x;y", folder=tmp_path, **vestibule.settings)
        assert done.returncode == 1
        assert "app.example.com" in done.stderr
