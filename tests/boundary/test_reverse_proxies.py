"""Six real reverse proxies, configured by `vestibule proxy`, in front of an application and a running server.

Cases 197, 199, 201: nobody gets through unseen, and whatever a client sends in the place of an identity is gone.
"""

import itertools
from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from protected_sites import HOST, ID, protected_site, vestibule_server
from reverse_proxies import KINDS, Application, proxy
from servers import command

pytestmark = pytest.mark.servers
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


@pytest.fixture(scope="module")
def vestibule(tmp_path_factory):
    with vestibule_server(tmp_path_factory.mktemp("vestibule")) as running:
        yield running


@pytest.fixture(scope="module")
def application():
    with closing(Application()) as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def site(request, tmp_path_factory, vestibule, application):
    with protected_site(request.param, tmp_path_factory.mktemp(request.param), vestibule, application) as site:
        yield site


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
