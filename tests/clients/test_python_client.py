"""The Python library by itself: what it believes, for how long, and what it says when something is wrong."""

import threading
from hashlib import sha256
from typing import ClassVar
from urllib.parse import quote_plus

import httpx
import jwt
import pytest
from vestibule_client import AuthError, Forbidden, Incoming, Misconfigured, NotAuthenticated, Unavailable, Vestibule
from vestibule_client.issuer import NeedsNetwork
from vestibule_client.refusal import refusal
from vestibule_client.return_page import shared_domain
from vestibule_client.settings import settings
from vestibule_client.testing import ISSUER, TestIssuer

ORIGIN = "https://app.example.com"


def asked(headers=None, method="GET", url=f"{ORIGIN}/page?q=1") -> Incoming:
    return Incoming.of(method, url, (headers or {}).items())


@pytest.fixture
def issuer():
    return TestIssuer()


@pytest.fixture
def client(issuer):
    return issuer.client(origin=ORIGIN)


def code(client, headers, **more) -> str:
    try:
        found = client.user(asked(headers, **more))
    except AuthError as error:
        return error.code
    return found.via if found else "nobody"


class TestTokens:
    @pytest.mark.parametrize(
        "fault",
        [
            {"iss": "https://evil.example"}, {"aud": "https://other.example"}, {"exp": 1}, {"exp": 9999999999.5},
            {"exp": True}, {"exp": None}, {"iat": 9999999999}, {"iat": None}, {"sub": None}, {"aud": None},
        ],
    )  # fmt: skip
    def test_one_fault_is_enough(self, issuer, client, fault):
        good = jwt.decode(issuer.token(), options={"verify_signature": False})
        claims = {name: value for name, value in (good | fault).items() if value is not None}
        assert (
            code(client, {"Authorization": f"Bearer {issuer.sign(claims, typ='at+jwt')}"}) == "authentication_required"
        )

    @pytest.mark.parametrize("typ", ["JWT", "vestibule-forward-auth+jwt", "statuslist+jwt", "logout+jwt", "AT+JWT"])
    def test_another_type_is_no_access_token(self, issuer, client, typ):
        claims = jwt.decode(issuer.token(), options={"verify_signature": False})
        assert code(client, {"Authorization": f"Bearer {issuer.sign(claims, typ=typ)}"}) == "authentication_required"

    @pytest.mark.parametrize("extra", [{"jwk": {"kty": "oct", "k": "AA"}}, {"jku": "https://evil.example"}, {"crit": ["exp"]},
                                       {"x5u": "https://evil.example"}, {"zip": "DEF"}])  # fmt: skip
    def test_a_header_with_more_in_it_is_none_of_ours(self, issuer, client, extra):
        claims = jwt.decode(issuer.token(), options={"verify_signature": False})
        token = issuer.sign(claims, typ="at+jwt", **extra)
        assert code(client, {"Authorization": f"Bearer {token}"}) == "authentication_required"

    def test_another_s_key_signs_nothing_here(self, client):
        assert code(client, TestIssuer().headers()) == "authentication_required"

    @pytest.mark.parametrize("alg", ["HS256", "none"])
    def test_the_algorithm_is_the_key_s(self, issuer, client, alg):
        claims = jwt.decode(issuer.token(), options={"verify_signature": False})
        kid = issuer.jwks["keys"][0]["kid"]
        secret = "x" * 32 if alg == "HS256" else None
        token = jwt.encode(claims, secret, algorithm=alg, headers={"typ": "at+jwt", "kid": kid})
        assert code(client, {"Authorization": f"Bearer {token}"}) == "authentication_required"

    def test_keys_of_other_kinds_are_left_alone(self, issuer, monkeypatch):
        mixed = issuer.jwks["keys"] + [
            {"kty": "oct", "kid": "shared", "k": "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4", "alg": "HS256", "use": "sig"},
            issuer.jwks["keys"][0] | {"kid": "enc", "use": "enc"}, {"kty": "RSA"}, {},
        ]  # fmt: skip
        monkeypatch.setattr(TestIssuer, "jwks", {"keys": mixed})
        client = issuer.client()
        assert code(client, issuer.headers()) == "token"
        assert set(client.issuer._keys) == {mixed[0]["kid"]}


class TestCredentials:
    def test_authorization_is_judged_alone(self, issuer, client):
        both = issuer.headers() | issuer.cookie()
        assert code(client, both) == "token"
        assert code(client, issuer.cookie() | {"Authorization": "Bearer nonsense"}) == "authentication_required"

    def test_the_header_of_a_proxy_is_for_this_origin_alone(self, issuer, client):
        assert code(client, issuer.proxy(origin=ORIGIN)) == "proxy"
        assert code(client, issuer.proxy(origin="https://other.example.com")) == "authentication_required"
        assert code(issuer.client(), issuer.proxy(origin=ORIGIN)) == "nobody", "no origin is set: nothing is taken"
        assert code(client, {"X-Vestibule-Token": issuer.token()}) == "authentication_required"

    def test_doubled_headers_are_nobody_s(self, issuer, client):
        token = f"Bearer {issuer.token()}"
        twice = Incoming.of("GET", ORIGIN, [("Authorization", token), ("authorization", token)])
        with pytest.raises(NotAuthenticated):
            client.user(twice)
        cookie = issuer.cookie()["Cookie"]
        assert client.user(Incoming.of("GET", ORIGIN, [("Cookie", cookie), ("Cookie", cookie)])) is None

    def test_a_change_needs_a_page_of_this_origin_behind_it(self, issuer, client):
        cookie = issuer.cookie()
        for more, expected in (
            ({}, "session"), ({"Origin": ORIGIN}, "session"), ({"Sec-Fetch-Site": "same-origin"}, "session"),
            ({"Origin": "https://app.example.com.evil.example"}, "forbidden"), ({"Origin": "null"}, "forbidden"),
            ({"Origin": ""}, "forbidden"), ({"Sec-Fetch-Site": "same-site", "Origin": ORIGIN}, "forbidden"),
            ({"Origin": "https://app.example.com:8443"}, "forbidden"),
        ):  # fmt: skip
            assert code(client, cookie | more, method="POST") == expected, more
            assert code(client, cookie | more) == "session", "reading changes nothing"

    def test_api_keys_need_a_client_to_ask_with(self, issuer):
        key = issuer.api_key(scopes=("orders:read",))
        assert issuer.client().user(asked(key)).scopes == ("orders:read",)
        with pytest.raises(NotAuthenticated, match="VESTIBULE_CLIENT_ID"):
            issuer.client(client_id="", client_secret="").user(asked(key))


class TestBelief:
    """What is fetched, when, and how long it counts when nobody answers."""

    @pytest.fixture
    def counted(self, issuer):
        """A client whose fetches are counted, by path, and whose time a test moves."""
        paths, time = [], [0.0]

        def answer(request):
            paths.append(request.url.path)
            return issuer._answer(request)

        client = Vestibule(settings(ISSUER, client_id="c", client_secret="s"), transport=httpx.MockTransport(answer))
        client.feed.stand_still()
        client.issuer.now = lambda: time[0]
        return client, paths, time

    def test_a_hundred_requests_fetch_once(self, issuer, counted):
        client, paths, _ = counted
        for _ in range(100):
            client.user(asked(issuer.headers()))
        cookie, key = issuer.cookie(), issuer.api_key()
        for _ in range(100):
            client.user(asked(cookie))
            client.user(asked(key))
        assert sorted(paths) == sorted([
            "/.well-known/oauth-authorization-server", "/.well-known/jwks.json", "/oauth/status-lists/0",
            "/api/session", "/oauth/introspect",
        ])  # fmt: skip

    def test_unknown_keys_cannot_make_it_ask_all_the_time(self, issuer, counted):
        client, paths, time = counted
        stranger = TestIssuer()
        for second in range(60):
            time[0] = float(second)
            assert code(client, stranger.headers()) == "authentication_required"
        assert paths.count("/.well-known/jwks.json") == 6

    def test_keys_are_believed_for_an_hour_without_an_answer(self, issuer, counted):
        client, _, time = counted
        token = issuer.sign(
            {"iss": ISSUER, "sub": "u", "aud": ISSUER, "iat": 1, "exp": 9999999999}, typ="at+jwt"
        )  # fmt: skip
        headers = {"Authorization": f"Bearer {token}"}
        assert code(client, headers) == "token"
        issuer.is_down = True
        time[0] = 3599
        assert code(client, headers) == "token"
        time[0] = 3601
        assert code(client, headers) == "issuer_unavailable"
        issuer.is_down = False
        time[0] = 3620
        assert code(client, headers) == "token"

    def test_a_status_list_counts_until_it_expires_and_then_nobody_gets_in(self, issuer, counted):
        client, _, time = counted
        headers = issuer.headers()
        assert code(client, headers) == "token"
        issuer.is_down, client.feed.following = True, False
        time[0] = 299
        assert code(client, headers) == "token"
        time[0] = 301
        assert code(client, headers) == "issuer_unavailable"

    def test_names_and_roles_are_looked_up_anew_after_half_a_minute(self, issuer, counted):
        client, paths, time = counted
        cookie = issuer.cookie()
        client.user(asked(cookie))
        time[0] = 31
        client.user(asked(cookie))
        assert paths.count("/api/session") == 2

    def test_without_word_of_ends_nothing_is_remembered(self, issuer, counted):
        client, paths, _ = counted
        client.feed.following = False
        cookie = issuer.cookie()
        for _ in range(3):
            client.user(asked(cookie))
        assert paths.count("/api/session") == 3

    @pytest.mark.parametrize("lie", ["another list", "no signature", "another key", "another type", "of somebody else"])
    def test_a_forged_list_sets_nobody_free(self, issuer, counted, lie, monkeypatch):
        client, _, _ = counted
        now = 9999999000
        claims = {"iss": ISSUER, "sub": f"{ISSUER}/oauth/status-lists/0", "iat": 1, "exp": now,
                  "status_list": {"bits": 1, "lst": "eJxjYGAAAAADAAE"}}  # fmt: skip
        forged = {
            "another list": lambda: issuer.sign(
                claims | {"sub": f"{ISSUER}/oauth/status-lists/1"}, typ="statuslist+jwt"
            ),
            "no signature": lambda: jwt.encode(claims, None, algorithm="none"),
            "another key": lambda: TestIssuer().sign(claims, typ="statuslist+jwt"),
            "another type": lambda: issuer.sign(claims, typ="JWT"),
            "of somebody else": lambda: issuer.sign(claims | {"iss": "https://evil.example"}, typ="statuslist+jwt"),
        }[lie]()
        monkeypatch.setattr(TestIssuer, "_status_list", lambda _: forged)
        assert code(client, issuer.headers()) == "issuer_unavailable"

    def test_a_token_cannot_name_a_list_elsewhere(self, issuer, counted):
        client, paths, _ = counted
        status = {"status_list": {"idx": 0, "uri": "https://evil.example/oauth/status-lists/0"}}
        assert code(client, issuer.headers(status=status)) == "issuer_unavailable"
        assert "/oauth/status-lists/0" not in paths


class TestEventLoops:
    async def test_what_is_known_is_judged_at_once_and_what_is_not_in_a_thread(self, issuer):
        client = issuer.client()
        headers = issuer.headers()
        with pytest.raises(NeedsNetwork):
            client.user(asked(headers), wait=False)
        threads = []
        before = client.issuer._discover
        client.issuer._discover = lambda: threads.append(threading.current_thread()) or before()
        assert (await client.auser(asked(headers))).via == "token"
        assert threads[0] is not threading.main_thread()
        assert client.user(asked(headers), wait=False).via == "token"


class TestPages:
    PAGE: ClassVar = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}

    def test_a_browser_is_sent_to_sign_in_and_a_program_is_not(self, client):
        error = NotAuthenticated("x", "y")
        to = f"{ISSUER}/forward-auth/return?to=https%3A%2F%2Fapp.example.com%2Fpage%3Fq%3D1"
        assert client.refusal(asked(self.PAGE), error).headers["Location"] == to
        for other in ({"Accept": "application/json"}, {"Accept": "text/html", "Sec-Fetch-Mode": "cors"},
                      {"Accept": "text/html", "X-Requested-With": "XMLHttpRequest"}, {}):  # fmt: skip
            assert client.refusal(asked(other), error).status == 401
        assert client.refusal(asked(self.PAGE), Forbidden("x", "y")).status == 403
        assert client.refusal(asked({"Accept": "text/html"}, method="POST"), error).status == 401

    @pytest.mark.parametrize(
        ("own", "seen", "expected"),
        [
            ("https://app.example.com", "http://app.example.com/page?q=1", "https://app.example.com/page?q=1"),
            ("https://app.example.com", "http://app.example.com:8080/", "https://app.example.com/"),
            ("https://app.example.com:8443", "http://app.example.com/a", "https://app.example.com:8443/a"),
            ("https://app.example.com", "http://other.example.com/a", "http://other.example.com/a"),
            ("", "http://app.example.com/a", "http://app.example.com/a"),
        ],
    )
    def test_behind_a_proxy_that_ends_tls_the_browser_comes_back_to_its_own_address(self, own, seen, expected):
        """Vestibule sends no one back to http."""
        request = Incoming.of("GET", seen, self.PAGE.items())
        answer = refusal(settings(ISSUER, origin=own), request, NotAuthenticated("x", "y"))
        assert answer.headers["Location"].endswith(quote_plus(expected))
        assert ("Secure" in answer.headers["Set-Cookie"]) is expected.startswith("https:")

    @pytest.mark.parametrize("url", ["http://[/", "http://a:b/", "http:///x", "//", ""])
    def test_an_address_that_is_none_breaks_nothing(self, client, url):
        marks = {f"vestibule_return_{sha256(url.encode()).hexdigest()[:12]}=1"}
        request = Incoming.of("GET", url, [*self.PAGE.items(), ("Cookie", "; ".join(marks))])
        assert client.refusal(request, NotAuthenticated("x", "y")).status in {302, 401}


class TestSiblingCookie:
    @pytest.mark.parametrize(
        ("status", "name", "expected"),
        [
            (400, "invalid_text", "forbidden"),
            (401, "assurance_required", "forbidden"),
            (403, "access_denied", "forbidden"),
            (403, "forward_auth_unclear", "forbidden"),
            (403, "origin_not_allowed", "issuer_unavailable"),
            (404, "not_found", "issuer_unavailable"),
        ],
    )
    def test_an_address_that_is_refused_is_no_outage(self, status, name, expected):
        """Such as /a%00, which any visitor can open."""
        answer = httpx.MockTransport(lambda _: httpx.Response(status, json={"code": name, "detail": "because"}))
        client = Vestibule(settings(ISSUER), transport=answer)
        client.feed.stand_still()
        cookie = f"{client.settings.forward_auth_cookie}=vst_fwd_session_x"
        with pytest.raises(AuthError) as refused:
            client.user(asked({"Cookie": cookie}, url=f"{ORIGIN}/a%00"))
        assert refused.value.code == expected


class TestSharedDomains:
    @pytest.mark.parametrize(
        ("host", "other", "expected"),
        [
            ("app.example.com", "id.example.com", "example.com"),
            ("a.b.example.com", "id.b.example.com", "b.example.com"),
            ("example.com", "id.example.com", "example.com"),
            ("app.example.localhost", "id.example.localhost", "example.localhost"),
            ("app.example.org", "id.example.com", ""),
            ("app.com", "id.com", ""),
            ("app.localhost", "localhost", ""),
            ("10.0.0.1", "10.0.0.2", ""),
            ("10.1.0.1", "10.2.0.1", ""),
        ],
    )
    def test_have_two_labels_or_more(self, host, other, expected):
        assert shared_domain(host, other) == expected


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "names"),
        [
            ({"issuer": ""}, "VESTIBULE_ISSUER=''"),
            ({"issuer": "id.example.com"}, "VESTIBULE_ISSUER"),
            ({"issuer": "http://id.example.com"}, "https"),
            ({"issuer": "https://id.example.com?x"}, "VESTIBULE_ISSUER"),
            ({"issuer": ISSUER, "origin": "https://app.example.com/path"}, "scheme and host only"),
            ({"issuer": ISSUER, "origin": "http://app.example.com"}, "VESTIBULE_APP_ORIGIN"),
            ({"issuer": ISSUER, "client_id": "client_1"}, "VESTIBULE_CLIENT_SECRET"),
        ],
    )
    def test_say_what_is_wrong_with_them(self, given, names, monkeypatch):
        for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "APP_ORIGIN"):
            monkeypatch.delenv(f"VESTIBULE_{name}", raising=False)
        with pytest.raises(Misconfigured, match=names):
            settings(**given)

    def test_come_from_the_environment_and_from_files(self, monkeypatch, tmp_path):
        (tmp_path / "secret").write_text("of a file\n")
        monkeypatch.setenv("VESTIBULE_ISSUER", "https://id.example.com/")
        monkeypatch.setenv("VESTIBULE_CLIENT_ID", "client_1")
        monkeypatch.setenv("VESTIBULE_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
        found = settings()
        assert (found.issuer, found.client_secret) == ("https://id.example.com", "of a file")
        assert "of a file" not in repr(found)

    def test_another_name_of_the_issuer_is_said_at_the_first_request(self, issuer):
        client = issuer.client()
        object.__setattr__(client.settings, "issuer", "https://vestibule.test:443")
        with pytest.raises(Misconfigured, match=r"https://vestibule\.test, as it calls itself"):
            client.user(asked(issuer.headers()))


def test_nobody_listening_is_503(issuer, client):
    issuer.is_down = True
    with pytest.raises(Unavailable):
        client.user(asked(issuer.headers()))
    assert client.user(asked()) is None, "nobody needs nobody to answer"
