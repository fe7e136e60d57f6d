"""A refusal is bounded, whatever was sent: in size, in the work it takes, and never a crash of ours (CWE-400, CWE-407)."""

import json
import string
from functools import partial
from urllib.parse import quote

import msgspec
import pytest
from starlette.requests import Request

from harness import bearer
from vestibule.checks.decoding import single_values
from vestibule.domain.errors import FieldError, ValidationFailed
from vestibule.http import problems
from vestibule.http.client_address import client_address
from vestibule.http.cookies import Cookies
from vestibule.http.form_body import decode_form
from vestibule.http.json_body import decode
from vestibule.http.language import preferred_language
from vestibule.observability import logs
from vestibule.routes import ROUTES
from vestibule.schemas.login import StepRequest
from vestibule.schemas.oauth import TokenForm
from vestibule.schemas.registration import RegistrationRequest
from work import amount_of, calls_of

MOST_BYTES = 8 * 1024
FULL = 60_000
GOOD = b'"username":"alice","email":"alice@example.com","password":"rainy tuesday harbour"'


def _keys(count: int, name: str = "key{}") -> bytes:
    return json.dumps({name.format(place): 1 for place in range(count)}).encode()


def _filled(text: str, size: int = FULL) -> bytes:
    return (text * (size // len(text.encode())))[:size].encode()


def json_shapes(fields: list[str]) -> dict[str, bytes]:
    """What strangers may send where an object with these fields is expected."""
    first = fields[0]
    every = {name: json.dumps(name) for name in fields}

    def all_of(value: str) -> bytes:
        return ("{" + ",".join(f"{name}:{value}" for name in every.values()) + "}").encode()

    shapes = {
        "5,000 unknown keys": _keys(5_000),
        "near misses": json.dumps({f"{first}{place}": 1 for place in range(3_000)}).encode(),
        "non-ASCII keys": json.dumps({chr(0x1F600 + n % 80) * 30 + str(n): 1 for n in range(300)}).encode(),
        "a key of 60 kB": b'{"' + _filled("k") + b'":1}',
        "the same key 5,000 times": b"{" + b",".join([b'"kkkkk":1'] * 5_000) + b"}",
        "the same long key twice": b'{"' + _filled("k", 25_000) + b'":1,"' + _filled("k", 25_000) + b'":1}',
        "deep objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
        "deep lists": b'{"a":' + b"[" * 25_000 + b"]" * 25_000 + b"}",
        "a list": b"[" + b"{}," * 19_000 + b"{}]",
        "many objects": json.dumps({first: [{}] * 15_000}).encode(),
        "many lists": json.dumps({first: [[]] * 15_000}).encode(),
        "a broken text in a long key": b'{"' + b"k" * 5_000 + b'":"\\ud800"}',
        "an end too early": b'{"' + first.encode() + b'":"' + _filled("x"),
    }
    for depth in (15, 150, 400, 600, 800, 900, 950, 990):
        shapes[f"{depth} levels"] = all_of('{"a":' * depth + "1" + "}" * depth)[:65_000]
        shapes[f"{depth} lists"] = all_of("[" * depth + "]" * depth)[:65_000]
    room = (FULL - 400) // len(fields)
    for name, value in {
        "1e999999": "1e999999",
        "-1e999999": "-1e999999",
        "4,000 digits": "9" * min(4_000, room),
        "a long fraction": "0." + "1" * (room - 2),
        "a long text": json.dumps("x" * (room - 2)),
        "a text of quotes": json.dumps('"' * (room // 2 - 2)),
        "a text of emoji": json.dumps("\U0001f600" * (room // 4 - 2), ensure_ascii=False),
        "an escaped text": json.dumps("\U0001f600" * (room // 12 - 2)),
        "a path": json.dumps(" - at `$.a`" * (room // 12)),
        "a large list": json.dumps([1] * (room // 4)),
        "a large object": json.dumps({f"k{n}": n for n in range(room // 14)}),
        "null": "null",
        "true": "true",
    }.items():
        shapes[name] = all_of(value)
    return shapes


def query_shapes(fields: list[str]) -> dict[str, bytes]:
    """The same as `name=value` pairs."""
    first = fields[0].encode()
    shapes = {
        "30,000 parameters": b"a&" * 30_000,
        "one parameter 10,000 times": b"&".join([first + b"=1"] * (FULL // (len(first) + 3))),
        "many unknown ones": b"&".join(b"unknown%d=1" % place for place in range(19)),
        "long unknown ones": b"&".join(b"%d" % place + b"u" * 3_000 + b"=1" for place in range(19)),
        "long doubled ones": b"&".join(b"%d" % (place % 9) + b"u" * 3_000 + b"=1" for place in range(19)),
        "emoji": b"&".join(quote("\U0001f600" * 200).encode() + b"%d=1" % (place % 9) for place in range(19)),
        "50,000 separators": b"&" * 50_000,
        "a long name": b"n" * FULL,
        "percent signs": b"%25" * (FULL // 3),
    }
    for name, value in {
        "a long text": b"x" * (FULL // len(fields)),
        "4,000 digits": b"9" * 4_000,
        "1e999999": b"1e999999",
        "an escaped text": quote("\U0001f600" * 1_000).encode(),
        "a path": quote(" - at `$.a`" * 400).encode(),
    }.items():
        shapes[name] = b"&".join(field.encode() + b"=" + value for field in fields)
    return shapes


def fields_of(kind) -> list[str]:
    kinds = getattr(kind, "__args__", (kind,))
    tags = [config.tag_field for config in (one.__struct_config__ for one in kinds) if config.tag_field]
    return list(dict.fromkeys(tags + [f.encode_name for one in kinds for f in msgspec.structs.fields(one)]))


def check(answer, what: str) -> None:
    """Not our fault, small, and (in development) with a stack that does not grow either."""
    assert 200 <= answer.status_code < 500, what
    assert answer.status_code < 300 or answer.status_code >= 400 or not answer.content, what
    size = len(answer.content)
    if answer.status_code >= 400 and answer.headers["content-type"] == problems.MEDIA_TYPE:
        stack = len(json.dumps(answer.json().get("stack", ""), ensure_ascii=False).encode())
        assert stack <= 2 * MOST_BYTES, what
        size -= stack
    assert size <= MOST_BYTES, f"{what}: {size} bytes"


WITH_BODY = [row for row in ROUTES if row.body is not None]
WITH_QUERY = [row for row in ROUTES if row.query is not None]


def name_of(row) -> str:
    return f"{row.method} {row.path}"


def address_of(row) -> str:
    return row.path.replace("{", "").replace("}", "")


class TestEveryRoute:
    """Nothing that is refused costs a limit, so that one signed-in system is enough for all shapes of a row."""

    @pytest.mark.parametrize("row", WITH_BODY, ids=name_of)
    async def test_refuses_hostile_bodies_in_a_few_words(self, vestibule, row):
        browser = vestibule.browser()
        await browser.register()
        shapes = query_shapes(fields_of(row.body)) if row.form else json_shapes(fields_of(row.body))
        media_type = "application/x-www-form-urlencoded" if row.form else "application/json"
        token = browser.http.cookies.get("XSRF-TOKEN")
        for name, content in shapes.items():
            answer = await browser.http.request(
                row.method, address_of(row), content=content, headers={"Content-Type": media_type, "XSRF-Token": token}
            )
            check(answer, name)
            assert answer.status_code >= 400 or name in {"null", "true"}, name
            assert answer.status_code != 403, f"{name}: never got as far as the body"

    @pytest.mark.parametrize("row", WITH_QUERY, ids=name_of)
    async def test_refuses_hostile_queries_in_a_few_words(self, vestibule, row):
        tokens = await vestibule.signed_in()
        for name, query in query_shapes(fields_of(row.query)).items():
            answer = await vestibule.http.request(
                row.method, f"{address_of(row)}?{query.decode()}", headers=bearer(tokens), follow_redirects=False
            )
            check(answer, name)

    async def test_refuses_hostile_queries_where_none_is_expected(self, vestibule):
        for path in ("/health", "/api/session", "/oauth/status-changes", "/forward-auth/nginx", "/nothing"):
            for name, query in query_shapes(["x"]).items():
                check(await vestibule.get(f"{path}?{query.decode()}"), f"{path} {name}")


def header_shapes() -> dict[str, str]:
    return {
        "long": "x" * FULL,
        "commas": "," * FULL,
        "a list": ", ".join(["10.0.0.1"] * 5_000),
        "weights": ",".join(f"x{n};q={'9' * 200}" for n in range(250)),
        "cookies": "; ".join(f"c{n}=v" for n in range(8_000)),
        "one cookie": "; ".join(["vestibule_session=a"] * 3_000),
        "tokens": "eyJ" * 20_000,
        "bearer": f"Bearer {'a' * FULL}",
        "basic": f"Basic {'a' * FULL}",
        "equal signs": f"Bearer {'=' * FULL}",
        "quotes": '"' * FULL,
        "brackets": "[" * FULL,
        "blanks": f"a{' ' * FULL}b",
        "digits": "9" * FULL,
        "for": ",".join(['for="[2001:db8::1]:4711"'] * 2_000),
    }


HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Access-Control-Request-Headers", "Access-Control-Request-Method",
    "Authorization", "Cookie", "Forwarded", "If-None-Match", "Last-Event-ID", "Origin", "Proof-Of-Work", "Range",
    "Sec-Fetch-Mode", "Sec-Fetch-Site", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Method",
    "X-Forwarded-Proto", "X-Forwarded-Uri", "X-Original-Url", "X-Request-Id", "XSRF-Token", "Host", "Content-Type",
)  # fmt: skip


class TestEveryHeader:
    @pytest.mark.parametrize("header", HEADERS)
    async def test_may_hold_anything(self, vestibule, header):
        for name, value in header_shapes().items():
            for method, path in (
                ("GET", "/api/session"), ("POST", "/api/auth/login"), ("OPTIONS", "/api/auth/login"),
                ("GET", "/forward-auth"), ("POST", "/oauth/introspect"), ("GET", "/api/csrf/restore"),
            ):  # fmt: skip
                content = {"content": b"{}"} if method == "POST" else {}
                headers = {"Content-Type": "application/json", header: value}
                answer = await vestibule.http.request(method, path, headers=headers, **content)
                check(answer, f"{name}: {method} {path}")
                assert sum(len(k) + len(v) for k, v in answer.headers.raw) <= MOST_BYTES, name


class TestProblems:
    def test_are_bounded_wherever_their_words_come_from(self):
        fields = {f"{'n' * 500}{place}": FieldError("c" * 500, "m" * 5_000) for place in range(500)}
        for development in (False, True):
            error = ValidationFailed("d" * 90_000, fields=fields)
            body = problems.document(error, request_id="r", development=development)
            body.pop("stack", None)
            assert len(json.dumps(body)) <= 2 * MOST_BYTES

    def test_name_what_is_missing_before_what_is_too_much(self):
        with pytest.raises(ValidationFailed) as refused:
            decode(_keys(5_000), RegistrationRequest)
        assert list(refused.value.fields)[:3] == ["username", "email", "password"]
        assert len(refused.value.fields) == 20
        assert "more" in refused.value.detail

    def test_say_nothing_of_more_when_all_is_named(self):
        with pytest.raises(ValidationFailed) as refused:
            decode(b"{" + GOOD + b',"emial":1}', RegistrationRequest)
        assert list(refused.value.fields) == ["emial"]
        assert refused.value.detail == ValidationFailed.message

    def test_are_the_same_each_time(self):
        found = []
        for _ in range(2):
            with pytest.raises(ValidationFailed) as refused:
                decode(_keys(100), RegistrationRequest)
            found.append(refused.value.fields)
        assert list(found[0]) == list(found[1])


def _request(query: bytes) -> Request:
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": query, "headers": []})


def _json(kind, shape: bytes):
    return partial(decode, shape, kind)


class TestWork:
    """Counted in calls: a machine that is busy counts the same."""

    @pytest.mark.parametrize("kind", [RegistrationRequest, StepRequest])
    @pytest.mark.parametrize("name", ["key{}", "username{}", "{}usernam", "\U0001f600{}"])
    def test_hints_are_looked_for_a_few_times_only(self, kind, name):
        found = calls_of(_json(kind, _keys(4_000, name)))
        assert found["get_close_matches"] <= 5
        assert found["ratio"] + found["find_longest_match"] <= 500

    @pytest.mark.parametrize(
        "shape",
        [
            _keys,
            lambda count: b'{"a":' * count + b"1" + b"}" * count,
            lambda count: b'{"a":[' + b"[]," * count + b"[]]}",
            lambda count: b'{"a":[' + b"{}," * count + b"{}]}",
            lambda count: b'{"a":[' + b"1.5," * count + b"1]}",
            lambda count: b'{"username":"' + "é".encode() * count + b'"}',
            lambda count: b'{"username":["' + '","'.join(string.ascii_letters * (count // 52)).encode() + b'"]}',
        ],
    )
    def test_of_a_json_body_grows_with_its_length_at_most(self, shape):
        small, large = (amount_of(_json(RegistrationRequest, shape(count))) for count in (520, 5_200))
        assert large <= 11 * small

    def test_of_a_query_or_form_has_an_end(self):
        for kind in (single_values, lambda request: decode_form(request.scope["query_string"], TokenForm)):
            queries = [b"&".join([b"a%d=1" % n for n in range(count)]) for count in (100, 1_000, 10_000)]
            amounts = [amount_of(partial(kind, _request(query))) for query in queries]
            assert max(amounts) <= amounts[0] + 10 <= 200

    def test_of_cookies_has_an_end_however_many_lines_they_come_in(self):
        cookies = Cookies(secure=False, session_seconds=60, cross_site_refresh=False)
        for lines in ([["; ".join(["c=v"] * count)] for count in (8_000, 80_000)], [["c=v"] * 8_000, ["c=v"] * 80_000]):
            small, large = (amount_of(partial(cookies.read, line)) for line in lines)
            assert large <= 1.1 * small

    def test_of_other_headers_has_an_end(self):
        for work in (
            lambda count: preferred_language(",".join(["de;q=0.1"] * count)),
            lambda count: client_address("127.0.0.1", "x-forwarded-for", ["1.1.1.1," * count], ()),
        ):
            small, large = (amount_of(partial(work, count)) for count in (1_000, 10_000))
            assert large <= 1.1 * small + 5


class TestLogLines:
    def test_lose_their_secrets_in_one_pass(self):
        """The pattern used to look at the rest of the text again from each `eyJ` on: quadratic, for every request."""
        for text in ("eyJ" * 300_000, "eyJaaaaaaaa." * 80_000, "vst_abc_" * 100_000, "a.eyJaaaaaaaaa" * 60_000):
            assert len(logs._clean(text)) <= 2_048

    @pytest.mark.parametrize(
        ("text", "clean"),
        [
            ("/x/eyJhbGciOiJ.eyJzdWIi.c2ln/y", "/x/[redacted]/y"),
            ("/x/eyJhbGciOiJ.eyJzdWIi.", "/x/[redacted]"),
            ("token_eyJhbGciOiJ.eyJzdWIi.c2ln", "token_[redacted]"),
            ("eyJ.eyJhbGciOiJ.eyJzdWIi.c2ln", "eyJ.[redacted]"),
            ("eyJeyJhbGciOiJ.a.b", "[redacted]"),
            ("vst_ses_0123456789eyJhbGciOiJ.a.b", "[redacted].a.b"),
            ("x-vst_ses_0123456789_eyJhbGciOiJ.a.b", "x-[redacted]_[redacted]"),
            ("/eyJhbGciOiJ/a.b", "/eyJhbGciOiJ/a.b"),
        ],
    )
    def test_keep_what_is_no_secret(self, text, clean):
        assert logs._clean(text) == clean

    def test_of_a_crash_are_cut_too(self):
        event = logs.redact(None, "", {"exception": "x" * 900_000, "private": "y" * 900_000})
        assert len(event["exception"]) <= 20_000
        assert len(event["private"]) <= 2_048
