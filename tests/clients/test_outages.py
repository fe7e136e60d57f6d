"""What the client libraries do while Vestibule misbehaves: one table, walked by the Python and the JavaScript library.

What is known and still valid is kept; nothing known is 503 with the cause, and never 401; doubt about revocation is never
a yes; an older answer never replaces a newer one; an odd part breaks nothing that is good.
"""

import threading

import jwt
import pytest
from misbehaving import BAD, CHANGES, INTROSPECTION, KEYS, LIST, METADATA, SESSION, Misbehaving, body, changed, document
from outages import PATIENT, QUICK, JavaScriptApp, PythonApp, credentials, in_background, until
from vestibule_client.testing import TestIssuer

from programs import application

pytestmark = pytest.mark.servers
NEEDS = [("token", METADATA), ("token", KEYS), ("token", LIST), ("cookie", SESSION), ("api key", INTROSPECTION)]


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    with application(tmp_path_factory.mktemp("outages"), "outage_app.mjs", "node") as url:
        yield url


@pytest.fixture
def server():
    running = Misbehaving()
    yield running
    running.close()


@pytest.fixture(params=["python", "javascript"])
def start(request, server):
    """Starts a client that knows nothing yet."""
    started = []

    def make(timeout: float = PATIENT, **more):
        if request.param == "python":
            app = PythonApp(server, timeout, **more)
        else:
            app = JavaScriptApp(server, timeout, request.getfixturevalue("node"), **more)
        started.append(app)
        return app

    yield make
    server.mend()
    for app in started:
        app.close()


def limit_of(how: str) -> float:
    """Seconds that a client waits where Vestibule is bad in this way: a short time only where it would wait in vain."""
    return QUICK if how == "silence" else PATIENT


def follows(app, server, headers) -> None:
    """Until the client has what it needs, and follows the feed: its first word makes the list that was there void."""
    server.first_word.clear()
    assert app.ask(headers)["status"] == 200
    known = server.requests.count(LIST)  # the server notes an answer only after the client has it
    server.first_word.set()
    until(lambda: server.streams > 0, "the client follows the feed")
    if known:
        until(lambda: server.answered.count(LIST) > known, "the list is requested again")


class TestNothingKnown:
    @pytest.mark.parametrize(("credential", "path"), NEEDS, ids=lambda value: value)
    @pytest.mark.parametrize("how", BAD)
    def test_is_503_with_the_cause_and_passes(self, server, start, credential, path, how):
        app, headers = start(limit_of(how)), credentials(server)[credential]
        server.bad[path] = BAD[how]
        answer = app.ask(headers)
        assert (answer["status"], answer["code"]) == (503, "issuer_unavailable"), answer
        assert path in answer["got"] + answer["expected"], answer
        assert "VESTIBULE_ISSUER" in answer["fix"]
        until(lambda: any(answer["got"] in line for line in app.log()), "the cause is in the application's log")
        server.mend()
        until(lambda: app.ask(headers)["status"] == 200, "it recovers")

    @pytest.mark.parametrize(("credential", "path", "how"), [
        *((*need, "a connection that breaks") for need in NEEDS),
        *((*need, "an error of the server's") for need in NEEDS if need[0] == "token"),
    ])  # fmt: skip
    def test_one_failure_is_nobody_s_trouble(self, server, start, credential, path, how):
        app, headers = start(), credentials(server)[credential]
        server.fails_once(path, BAD[how])
        assert app.ask(headers)["status"] == 200

    def test_another_issuer_is_a_wrong_setting(self, server, start):
        server.bad[METADATA] = changed(issuer="https://id.example.com")
        answer = start().ask(credentials(server)["token"])
        assert (answer["status"], answer["code"]) == (500, "misconfigured")
        assert "https://id.example.com" in answer["expected"]

    def test_anonymous_requests_need_nobody_to_answer(self, server, start):
        for path in (METADATA, KEYS, LIST, SESSION):
            server.bad[path] = BAD["an error of the server's"]
        assert start().ask({}) == {"status": 200, "via": None, "id": None}


class TestKnown:
    @pytest.mark.parametrize("path", [METADATA, KEYS])
    @pytest.mark.parametrize("how", BAD)
    def test_what_is_valid_is_kept_and_nobody_waits(self, server, start, path, how):
        app, headers = start(PATIENT), credentials(server)["token"]
        follows(app, server, headers)
        server.bad[path] = BAD[how]
        app.later(250)  # the list lives for 300 seconds
        assert app.ask(headers)["status"] == 200
        until(lambda: server.requests.count(LIST) > 1, "the list was fetched again")
        app.later(150)
        before = server.requests.count(path)
        for _ in range(5):
            assert in_background(lambda: app.ask(headers))()["status"] == 200
        until(lambda: server.requests.count(path) > before, "it is tried again in the background")

    @pytest.mark.parametrize("how", BAD)
    def test_a_list_counts_while_nobody_says_that_sessions_ended(self, server, start, how):
        app, headers = start(limit_of(how)), credentials(server)["token"]
        follows(app, server, headers)
        server.bad[LIST] = BAD[how]
        app.later(100)
        assert app.ask(headers)["status"] == 200
        app.later(250)
        until(lambda: app.ask(headers)["status"] == 503, "the list has expired")

    @pytest.mark.parametrize("how", BAD)
    def test_an_unknown_key_is_503_while_the_keys_cannot_be_fetched(self, server, start, how):
        app, headers = start(limit_of(how)), credentials(server)["token"]
        assert app.ask(headers)["status"] == 200
        stranger = TestIssuer(server.url).headers("user_s")
        server.bad[KEYS] = BAD[how]
        app.later(11)
        assert app.ask(stranger)["status"] == 503
        server.mend()
        until(lambda: app.ask(stranger)["status"] == 401, "Vestibule does not have this key")


class TestDoubt:
    """Sessions have ended, and which ones cannot be known."""

    @pytest.mark.parametrize("how", BAD)
    def test_is_never_a_yes(self, server, start, how):
        app = start(limit_of(how))
        ended, other = (server.issuer.headers(name, expires_in=90_000) for name in ("user_e", "user_o"))
        follows(app, server, ended)
        assert app.ask(other)["status"] == 200
        server.bad[LIST] = BAD[how]
        server.end(ended)
        until(lambda: app.ask(ended)["status"] != 200, "word of the end arrives")
        for headers in (ended, other) * 3:
            assert app.ask(headers)["code"] == "issuer_unavailable"
        server.mend()
        until(lambda: app.ask(ended)["status"] == 401, "the list tells who it was")
        until(lambda: app.ask(other)["status"] == 200, "the others stay signed in")

    @pytest.mark.parametrize("how", ["a page", "an error of the server's", "a connection that breaks"])
    def test_a_list_that_fails_once_is_fetched_again(self, server, start, how):
        app, ended = start(), server.issuer.headers("user_e", expires_in=90_000)
        follows(app, server, ended)
        server.fails_once(LIST, BAD[how])
        server.end(ended)
        until(lambda: app.ask(ended)["status"] == 401, "the end is known")

    def test_what_has_ended_stays_ended_in_an_outage(self, server, start):
        app, ended = start(), server.issuer.headers("user_e", expires_in=90_000)
        follows(app, server, ended)
        server.end(ended)
        until(lambda: app.ask(ended)["status"] == 401, "the end is known")
        for path in (METADATA, KEYS, LIST, CHANGES):
            server.bad[path] = BAD["a connection that breaks"]
        server.end(server.issuer.headers("user_x"))
        app.later(400)
        for _ in range(5):
            assert app.ask(ended)["status"] == 401

    @pytest.mark.parametrize("status", [
        None, 5, "x", [], {}, {"status_list": None}, {"status_list": []}, {"status_list": "x"}, {"status_list": {}},
        {"status_list": {"idx": 0}}, {"status_list": {"idx": 0, "uri": 5}}, {"status_list": {"idx": 0, "uri": ""}},
        {"status_list": {"idx": 0, "uri": "https://evil.example/oauth/status-lists/0"}},
    ], ids=str)  # fmt: skip
    def test_a_status_that_says_nothing_is_503(self, server, start, status):
        answer = start().ask(server.issuer.headers("user_t", status=status))
        assert (answer["status"], answer["code"]) == (503, "issuer_unavailable"), answer

    @pytest.mark.parametrize("place", [-1, 1024, 4000, 1 << 40, 0.5, "0", None, True, [0]], ids=str)
    def test_a_place_that_is_not_in_the_list_is_503(self, server, start, place):
        status = {"status_list": {"idx": place, "uri": f"{server.url}{LIST}"}}
        answer = start().ask(server.issuer.headers("user_t", status=status))
        assert (answer["status"], answer["code"]) == (503, "issuer_unavailable"), answer

    @pytest.mark.parametrize("members", [
        {"bits": 2}, {"bits": None}, {"bits": "1"}, {"lst": None}, {"lst": 5}, {"lst": ""}, {"lst": "%%%"}, {"lst": "AAAA"},
        {"lst": "eJxjYGAAAA"}, {"lst": []},
    ], ids=str)  # fmt: skip
    def test_an_odd_list_says_nothing(self, server, start, members):
        server.bad[LIST] = relisted(status_list=members)
        assert start().ask(credentials(server)["token"])["status"] == 503

    @pytest.mark.parametrize("claims", [
        {"status_list": None}, {"status_list": []}, {"status_list": "x"}, {"exp": None}, {"exp": "x"}, {"exp": 1}, {"iat": None},
        {"sub": "https://evil.example"}, {"sub": None}, {"iss": "https://evil.example"}, {"iat": 9999999999},
    ], ids=str)  # fmt: skip
    def test_a_list_with_odd_claims_says_nothing(self, server, start, claims):
        server.bad[LIST] = relisted(**claims)
        assert start().ask(credentials(server)["token"])["status"] == 503

    @pytest.mark.parametrize("odd", [b"data: []\n\n", b"data: null\n\n", b"data: x\n\n", b'data: {"generation":"1"}\n\n',
                                     b"data: {}\n\n", b"data: \xff\n\n", b"", b"\n" * 1000, b"data: {"])  # fmt: skip
    def test_an_odd_stream_is_left_and_the_next_one_followed(self, server, start, odd):
        app, ended = start(), server.issuer.headers("user_e", expires_in=90_000)
        server.bad[CHANGES] = body(odd, kind="text/event-stream")
        assert app.ask(ended)["status"] == 200
        until(lambda: CHANGES in server.requests, "the stream was opened")
        del server.bad[CHANGES]
        until(lambda: server.streams > 0, "it follows again")
        server.end(ended)
        until(lambda: app.ask(ended)["status"] == 401, "the end is heard of")


class TestOrder:
    """An answer that was requested earlier and comes later."""

    def held(self, server):
        """The next list is held until the test releases it; those that are requested later pass it."""
        begun, release, done = threading.Event(), threading.Event(), threading.Event()

        def hold(_, good):
            if begun.is_set():
                return good
            begun.set()
            release.wait(30)
            threading.Timer(0.2, done.set).start()  # once it is written
            return good

        server.bad[LIST] = hold
        return begun, release, done

    def test_the_first_list_is_overtaken(self, server, start):
        app, ended = start(PATIENT), server.issuer.headers("user_e", expires_in=90_000)
        begun, release, done = self.held(server)
        first = in_background(lambda: app.ask(ended))
        until(lambda: begun.is_set() and server.streams > 0, "the list is requested")
        server.end(ended)
        until(lambda: server.requests.count(LIST) > 1, "what the stream says makes it request the list again")
        until(lambda: in_background(lambda: app.ask(ended))()["status"] == 401, "a newer list has come")
        release.set()
        assert first()["status"] == 401
        until(done.is_set, "the older answer has come")
        assert app.ask(ended)["status"] == 401

    def test_a_list_that_was_known_is_overtaken(self, server, start):
        app, ended = start(PATIENT), server.issuer.headers("user_e", expires_in=90_000)
        follows(app, server, ended)
        begun, release, done = self.held(server)
        app.later(61)

        def requested():
            # Again, because the client may still be taking in the answer before, and starts no second request beside it.
            in_background(lambda: app.ask(ended))
            return begun.is_set()

        until(requested, "the list is refreshed in the background")
        server.end(ended)
        until(lambda: app.ask(ended)["status"] == 401, "the newer list has come")
        release.set()
        until(done.is_set, "the older answer has come")
        for _ in range(5):
            assert app.ask(ended)["status"] == 401


class TestOddShapes:
    @pytest.mark.parametrize("odd", [
        None, 5, "x", [], {}, {"kty": 5}, {"kty": ["EC"], "crv": {}}, {"kid": 5}, {"kid": None}, {"kid": []}, {"kid": ""},
        {"x": "AAAA"}, {"x": None}, {"x": 5}, {"y": ...}, {"crv": "P-384"}, {"alg": ["ES256"]}, {"use": "enc"}, {"d": "AAAA"},
        {"kty": "oct", "k": "AAAA", "alg": "HS256"}, {"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "RS256"},
    ], ids=str)  # fmt: skip
    @pytest.mark.parametrize("first", [True, False], ids=["before", "behind"])
    def test_an_odd_key_beside_the_good_one_breaks_nothing(self, server, start, odd, first):
        good = server.issuer.jwks["keys"][0]
        if isinstance(odd, dict) and odd:
            odd = {name: value for name, value in (good | {"kid": "odd"} | odd).items() if value is not ...}
        server.bad[KEYS] = document({"keys": [odd, good] if first else [good, odd]})
        app = start()
        assert app.ask(credentials(server)["token"])["status"] == 200
        assert app.ask(TestIssuer(server.url).headers("user_s"))["status"] == 401

    @pytest.mark.parametrize(
        "members", [{"keys": ...}, {"keys": None}, {"keys": {}}, {"keys": 5}, {"keys": []}, {"keys": [None]}], ids=str
    )
    def test_a_set_without_keys_is_no_answer(self, server, start, members):
        app, headers = start(), credentials(server)["token"]
        server.bad[KEYS] = changed(**members)
        assert app.ask(headers)["status"] == 503
        server.mend()
        until(lambda: app.ask(headers)["status"] == 200, "it recovers")
        server.bad[KEYS] = changed(**members)
        app.later(310)
        for _ in range(3):
            assert app.ask(headers)["status"] == 200

    @pytest.mark.parametrize("members", [
        {"issuer": ...}, {"issuer": None}, {"issuer": 5}, {"issuer": ["x"]}, {"jwks_uri": ...}, {"jwks_uri": None},
        {"jwks_uri": 5}, {"jwks_uri": ""}, {"jwks_uri": "https://evil.example/keys"}, {"jwks_uri": "file:///etc/passwd"},
    ], ids=str)  # fmt: skip
    def test_odd_metadata_is_not_remembered(self, server, start, members):
        app, headers = start(), credentials(server)["token"]
        server.bad[METADATA] = changed(**members)
        assert app.ask(headers)["status"] == 503
        server.mend()
        until(lambda: app.ask(headers)["status"] == 200, "it recovers")

    @pytest.mark.parametrize("members", [
        {"introspection_endpoint": ...}, {"introspection_endpoint": 5}, {"status_changes_endpoint": None},
        {"introspection_endpoint": "https://evil.example/"}, {"status_changes_endpoint": []}, {"more": {"a": [1]}},
    ], ids=str)  # fmt: skip
    def test_one_odd_member_breaks_what_needs_it_alone(self, server, start, members):
        app, headers = start(), credentials(server)
        server.bad[METADATA] = changed(**members)
        assert app.ask(headers["token"])["status"] == 200
        expected = 503 if "introspection_endpoint" in members else 200
        assert app.ask(headers["api key"])["status"] == expected

    @pytest.mark.parametrize("user", [5, "x", [], {}, {"id": None}, {"id": 5}, {"id": ""}, {"id": ["x"]}, ...], ids=str)
    def test_a_session_of_an_odd_user_is_503(self, server, start, user):
        server.bad[SESSION] = changed(user=user)
        assert start().ask(credentials(server)["cookie"])["status"] == 503

    @pytest.mark.parametrize("user", [
        {"id": "u"}, {"id": "u", "roles": "admin", "name": 5}, {"id": "u", "roles": [5, None]}, {"id": "u", "email": []},
    ], ids=str)  # fmt: skip
    def test_a_session_needs_no_more_than_the_id(self, server, start, user):
        server.bad[SESSION] = changed(user=user, aal="2", sessionId=5)
        assert start().ask(credentials(server)["cookie"]) == {"status": 200, "via": "session", "id": "u"}

    @pytest.mark.parametrize("members", [
        {"active": "true"}, {"active": 1}, {"active": None}, {"active": ...}, {"sub": ...}, {"sub": ""}, {"sub": 5},
    ], ids=str)  # fmt: skip
    def test_an_odd_introspection_is_503(self, server, start, members):
        server.bad[INTROSPECTION] = changed(**members)
        assert start().ask(credentials(server)["api key"])["status"] == 503

    def test_what_is_said_to_be_over_is_401(self, server, start):
        app, headers = start(), credentials(server)
        server.bad[SESSION], server.bad[INTROSPECTION] = changed(user=None), changed(active=False)
        assert [app.ask(headers[kind])["status"] for kind in ("cookie", "api key")] == [401, 401]

    def test_a_client_that_is_refused_is_a_wrong_setting(self, server, start):
        server.bad[INTROSPECTION] = body(b"{}", status=401)
        assert start().ask(credentials(server)["api key"])["code"] == "misconfigured"
        server.bad[SESSION] = body(b"{}", status=401)
        assert start().ask(credentials(server)["cookie"])["code"] == "issuer_unavailable"

    def test_an_api_key_where_none_is_accepted_is_refused_and_not_a_crash(self, server, start):
        answer = start(has_client=False).ask(credentials(server)["api key"])
        assert (answer["status"], answer["code"]) == (401, "authentication_required")
        assert "VESTIBULE_CLIENT_ID" in answer["fix"]

    @pytest.mark.parametrize("token", ["[" * 3000, '{"alg":' * 400], ids=["lists", "objects"])
    def test_a_token_nested_too_deeply_is_refused(self, server, start, token):
        packed = jwt.utils.base64url_encode(token.encode()).decode()
        assert start().ask({"Authorization": f"Bearer {packed}.{packed}.AAAA"})["status"] == 401


class TestOrigins:
    """A change with the session cookie comes from a page of this origin: scheme, host and port."""

    @pytest.mark.parametrize(("origin", "expected"), [
        ("{scheme}://{host}", 200), ("https://{host}", 403), ("{scheme}://{name}", 403), ("{scheme}://{name}:1", 403),
        ("{scheme}://evil.example", 403), ("null", 403), ("", 403), ("{host}", 403), ("//{host}", 403),
        ("{scheme}://{host}.evil.example", 403), ("{scheme}://[", 403), ("ftp://{host}", 403),
    ])  # fmt: skip
    def test_are_compared_whole(self, server, start, origin, expected):
        app = start()
        scheme, _, host = app.url.partition("://")
        given = origin.format(scheme=scheme, host=host, name=host.partition(":")[0])
        headers = credentials(server)["cookie"] | {"Origin": given}
        assert app.ask(headers, "POST")["status"] == expected

    def test_the_configured_one_counts_at_its_host(self, server, start):
        probe = start()
        own = probe.url.replace("http://", "https://")
        app = start(origin=own)
        cookie = credentials(server)["cookie"]
        assert app.ask(cookie | {"Origin": own}, "POST")["status"] == 200
        assert app.ask(cookie | {"Origin": probe.url}, "POST")["status"] == 403


def relisted(**claims) -> object:
    """The good list, signed again with other claims; None takes one away, and a dict changes members."""

    def change(server, good):
        value = jwt.decode(good[2].decode(), options={"verify_signature": False})
        for name, claim in claims.items():
            value[name] = value[name] | claim if isinstance(claim, dict) else claim
        kept = {name: claim for name, claim in value.items() if claim is not None or name == "status_list"}
        return 200, "application/statuslist+jwt", server.issuer.sign(kept, typ="statuslist+jwt").encode()

    return change
