"""Vestibule's own API is opened by the access tokens of its own sessions alone: no other token opens any route of it."""

import re

import pytest
from registered_api import ORDERS, register

from harness import bearer
from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.domain.client import Introspects
from vestibule.routes import ROUTES
from vestibule.services.tokens.access_tokens import ACCESS_TOKEN_TYPE

ISSUER = "http://localhost:8000"
LEFT_OUT = object()
# What a token has that we signed ourselves, on the way from a token of a session of ours to what must not open anything.
FORGED = {
    "of another client": {"client_id": "client_01k00000000000000000000000"},
    "of a client with a name like ours": {"client_id": "Vestibule"},
    "of two clients": {"client_id": ["vestibule"]},
    "of no client": {"client_id": LEFT_OUT},
    "of a nameless client": {"client_id": ""},
    "for us among others, of another client": {"aud": [ORDERS, ISSUER], "client_id": "client_1"},
    "for another API, of our own client": {"aud": ORDERS},
    "for us with a path": {"aud": f"{ISSUER}/"},
    "of no session": {"sid": LEFT_OUT},
    "of an empty session": {"sid": ""},
    "of a session that is a number": {"sid": 7},
}


@pytest.fixture
async def vestibule(start):
    async with start(LIMIT_LOGIN_ADDRESS="10000/1m") as system:
        await system.caching()
        yield system


@pytest.fixture
async def tokens(vestibule):
    return await vestibule.signed_in()


@pytest.fixture
async def sign(vestibule, tokens):
    """Signs what the access token of a session states, with other claims in it."""
    claims = await vestibule.services.tokens.access_tokens.claims(tokens["accessToken"], frozenset({ISSUER}))
    signer = await vestibule.services.tokens.signing_keys.signer()

    def signed(**other):
        stated = {name: value for name, value in (claims | other).items() if value is not LEFT_OUT}
        return signer.sign(stated, typ=ACCESS_TOKEN_TYPE)

    return signed


async def seen(vestibule, row, headers):
    """How a route answers: its status, and what it says about anyone."""
    path = re.sub(r"\{\w+\}", "session_01k00000000000000000000000", row.path)
    body = {} if row.body is None or row.form else {"json": {}}
    answer = await vestibule.browser().http.request(row.method, path, headers=headers, **body)
    told = answer.text if "alice" in answer.text else ""
    return answer.status_code, told, sorted(answer.headers.get_list("set-cookie")) and "cookie"


async def opened(vestibule, token, row) -> bool:
    """Whether a route tells a request with this token from one with a token that says nothing."""
    headers = bearer({"accessToken": token})
    return await seen(vestibule, row, headers) != await seen(vestibule, row, bearer({"accessToken": "a.b.c"}))


async def test_the_walk_finds_routes_that_a_token_of_a_session_opens(vestibule, tokens):
    rows = [row for row in ROUTES if row.method == "GET" and AuthorisedBy.BEARER in row.authorised_by]
    found = {row.path for row in rows if await opened(vestibule, tokens["accessToken"], row)}
    assert {"/api/session", "/api/account", "/api/auth/profile", "/api/sessions"} <= found


async def test_a_token_issued_for_an_api_opens_no_route(vestibule, tokens):
    await register(vestibule)
    issued = (await vestibule.post("/api/auth/token", {"resource": ORDERS}, **bearer(tokens))).json()["accessToken"]
    assert [row.path for row in ROUTES if await opened(vestibule, issued, row)] == []


@pytest.mark.parametrize("kind", FORGED)
async def test_a_token_of_our_own_key_opens_no_route(vestibule, sign, kind):
    rows = [row for row in ROUTES if AuthorisedBy.BEARER in row.authorised_by]
    assert [row.path for row in rows if await opened(vestibule, sign(**FORGED[kind]), row)] == []


async def test_what_was_refused_is_what_differs(vestibule, sign):
    """The twin of the walk: the same forging hand, with nothing changed, opens the same doors."""
    row = next(row for row in ROUTES if (row.method, row.path) == ("GET", "/api/account"))
    assert await opened(vestibule, sign(), row)
    assert await opened(vestibule, sign(aud=[ORDERS, ISSUER]), row)


@pytest.mark.parametrize("kind", FORGED)
async def test_not_even_a_gateway_is_told_that_such_a_token_is_active(vestibule, sign, kind):
    gateway = await register(vestibule, "gateway", None, (), may_introspect=Introspects.ALL)
    assert (await gateway.introspect(sign())).json()["active"] is True
    for _ in ("asked first", "asked again"):
        assert (await gateway.introspect(sign(**FORGED[kind]))).json() == {"active": False}


class TestAKindWithoutASession:
    """Tokens for an API may end by their own time alone; none is issued yet, and none breaks what is asked about it."""

    @pytest.mark.parametrize("session", [LEFT_OUT, "", "session_01k00000000000000000000000", 7, None])
    async def test_is_inactive_and_may_be_revoked(self, vestibule, sign, session):
        api = await register(vestibule)
        token = sign(aud=ORDERS, client_id=api.client.id, sid=session)
        answer = await api.introspect(token)
        assert (answer.status_code, answer.json()) == (200, {"active": False})
        assert (await api.post("/oauth/revoke", token)).status_code == 200
        revoked = await vestibule.rows("SELECT id FROM revoked_tokens")
        assert len(revoked) == (0 if session in (7, None) else 1)
