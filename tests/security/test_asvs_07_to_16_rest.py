"""ASVS 5.0, chapters 7 to 16: sessions, authorization, tokens, cryptography, configuration, data, logs."""

import ast
import asyncio
import json
import re
import tomllib
from pathlib import Path

import httpx
import pytest

from harness import PASSWORD, bearer, running
from servers import command, production, server
from vestibule import settings
from vestibule.checks.guards import anyone
from vestibule.domain.errors import DatabaseUnavailable
from vestibule.middleware import errors
from vestibule.routes import ROUTES

ROOT = Path(__file__).parents[2]
SOURCE = sorted((ROOT / "src" / "vestibule").rglob("*.py"))
DAY = 24 * 3600 * 1_000_000


def test_v7_1_1_v7_1_2_v7_1_3_lifetimes_are_documented():
    text = (ROOT / "docs/settings.md").read_text()
    for name in ("SESSION_IDLE", "SESSION_ABSOLUTE", "REFRESH_TOKEN_IDLE", "ACCESS_TOKEN_LIFETIME", "STEP_UP_WINDOW"):
        assert f"VESTIBULE_{name}" in text
    assert "at the same time" in (ROOT / "docs/security/threat-model.md").read_text()


async def test_v7_2_1_v7_2_2_v7_2_3_sessions_are_the_server_s_references(vestibule):
    browser = vestibule.browser()
    await browser.register()
    secret = browser.http.cookies["vestibule_session"]
    assert re.fullmatch(r"vst_ses_[0-9A-Za-z]{49}", secret)
    stored = (await vestibule.rows("SELECT token_hash FROM sessions"))[0]["token_hash"]
    assert secret not in stored
    await vestibule.run("UPDATE sessions SET revoked_at = 1")
    assert (await browser.get("/api/account")).status_code == 401


async def test_v7_3_1_v7_3_2_v10_4_8_sessions_end_when_idle_and_after_all(start):
    async with start(SESSION_IDLE="1d", SESSION_ABSOLUTE="3d") as vestibule:
        for leaps, alive in (([DAY + 1], False), ([DAY // 2] * 5, True), ([DAY // 2] * 7, False)):
            browser = vestibule.browser()
            await browser.register(f"user{len(leaps)}")
            for leap in leaps:
                vestibule.clock.advance(leap)
                found = await browser.whoami()
            assert (found is not None) is alive, leaps


async def test_v7_4_3_v7_4_5_all_others_can_be_ended(vestibule):
    browser, other = vestibule.browser(), vestibule.browser()
    await browser.register()
    await other.sign_in()
    assert (await browser.send("DELETE", "/api/sessions")).status_code == 200
    assert await other.whoami() is None
    assert await browser.whoami() is not None


def test_v7_4_4_every_page_of_the_account_has_a_way_out():
    text = "".join(path.read_text() for path in (ROOT / "web/src").rglob("*.tsx"))
    assert "useSignOutMutation" in text


FRESH = [
    "POST /api/account/passkeys/options",
    "POST /api/account/totp",
    "POST /api/account/recovery-codes",
    "DELETE /api/account/totp",
]


@pytest.mark.parametrize("route", FRESH)
async def test_v7_5_1_v7_5_3_sensitive_changes_want_a_fresh_proof(vestibule, route):
    browser, _, _ = await vestibule.with_app()
    vestibule.clock.advance(11 * 60_000_000)
    method, path = route.split()
    answer = await browser.send(method, path)
    assert (answer.status_code, answer.json()["code"]) == (403, "reauth_required")


def test_v8_1_1_v8_1_2_v8_2_1_every_route_says_who_may():
    """The site map is the documentation: method, path, guard, fields (docs/openapi.json, docs/security/threat-model.md)."""
    assert all(route.guard is not None for route in ROUTES)
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    for route in ROUTES:
        operation = document["paths"][route.path][route.method.lower()]
        assert bool(operation.get("security")) or route.guard is anyone or "development" in route.tags, route.path


MATRIX = [
    route for route in ROUTES if "{" in route.path and route.guard is not anyone and not route.path.startswith("/dev")
]


@pytest.mark.parametrize("route", MATRIX, ids=lambda r: f"{r.method} {r.path}")
async def test_v8_2_2_objects_of_others_are_not_found(vestibule, route):
    """Every route that names an object: Mallory, signed in and fresh, with the ids of Alice's things."""
    from authenticator import Authenticator

    browser, _, _ = await vestibule.with_app()
    await browser.add_passkey(Authenticator(), "mine")
    ids = [row["id"] for row in await vestibule.rows("SELECT id FROM credentials UNION ALL SELECT id FROM sessions")]
    mallory = vestibule.browser()
    await mallory.register("mallory")
    before = await vestibule.rows("SELECT count(*) AS n FROM credentials")
    for found in ids:
        path = re.sub(r"\{\w+\}", found, route.path)
        answer = await mallory.send(
            route.method,
            path,
            {"name": "x"} if route.method == "PATCH" else {"code": "000000"} if "totp" in path else None,
        )
        assert answer.status_code in (400, 401, 403, 404, 409, 422), path
    assert (await vestibule.rows("SELECT count(*) AS n FROM credentials"))[0]["n"] == before[0]["n"]
    assert await browser.whoami() is not None


async def test_v8_2_3_v15_3_1_v15_3_3_fields_are_minimal_and_few_are_writable(vestibule):
    tokens = await vestibule.signed_in()
    user = (await vestibule.get("/api/account", **bearer(tokens))).json()["user"]
    assert user.keys() <= {
        "id",
        "username",
        "email",
        "emailVerified",
        "name",
        "firstName",
        "lastName",
        "locale",
        "timeZone",
        "profile",
        "createdAt",
        "lastLoginAt",
        "roles",
    }
    for field in ("id", "emailVerified", "roles", "createdAt", "lastLoginAt"):
        assert (
            await vestibule.http.patch("/api/account", json={field: "x"}, headers=bearer(tokens))
        ).status_code == 422


async def test_v8_3_1_v8_3_2_changes_of_rights_count_at_once(vestibule):
    tokens = await vestibule.signed_in()
    await vestibule.caching()
    users = vestibule.services.accounts.administration
    user = await users.find("alice")
    await vestibule.services.accounts.roles.grant(user.id, "editor")
    profile = await vestibule.get("/api/auth/profile", **bearer(tokens))
    assert profile.json()["user"]["roles"] == ["editor"]
    await users.disable(user)
    assert (await vestibule.get("/api/auth/profile", **bearer(tokens))).status_code == 401


async def test_v10_3_1_v10_3_2_v10_3_3_v10_3_4_v9_2_3_our_api_takes_tokens_for_itself(vestibule):
    import jwt

    tokens = await vestibule.signed_in()
    claims = jwt.decode(tokens["accessToken"], options={"verify_signature": False})
    assert claims["aud"] == claims["iss"] == "http://localhost:8000"
    assert claims.keys() >= {"sub", "sid", "auth_time", "amr", "acr", "exp", "iat", "jti", "client_id"}
    assert claims["exp"] - claims["iat"] <= 900


async def test_v10_4_5_a_refresh_token_that_comes_back_ends_its_family(vestibule):
    first = await vestibule.signed_in()
    second = (await vestibule.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})).json()
    vestibule.clock.advance(11_000_000)
    assert (await vestibule.post("/api/auth/refresh", {"refreshToken": first["refreshToken"]})).status_code == 401
    assert (await vestibule.get("/api/account", **bearer(second))).status_code == 401


def test_v11_1_1_v11_1_2_keys_are_inventoried():
    text = (ROOT / "docs/rotation.md").read_text()
    labels = re.findall(r'derive\("([a-z-]+)"\)', (ROOT / "src/vestibule/bootstrap/keys.py").read_text())
    assert len(labels) == 9
    for label in labels:
        assert f"`{label}`" in text, label


def test_v11_2_3_v11_6_1_keys_have_128_bits_of_strength():
    from vestibule.crypto import jose

    for alg, kty, curve in (("ES256", "EC", "P-256"), ("EdDSA", "OKP", "Ed25519")):
        key = json.loads(jose.generate("k", alg).public)
        assert (key["kty"], key["crv"]) == (kty, curve)
    assert "RSA" not in jose._KEY_KINDS


def test_v11_2_4_secrets_are_compared_in_constant_time():
    """By a look-up of the hash, or by compare_digest: no `==` between names that hold a secret."""
    words = re.compile(r"(^|_)(secret|mac|signature|token|digest|password)$")
    for path in SOURCE:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
                names = [ast.unparse(side).rpartition(".")[2] for side in (node.left, *node.comparators)]
                assert not (all(words.search(name) for name in names)), f"{path.name}:{node.lineno}"


def test_v11_3_1_v11_3_2_v11_3_3_v11_3_4_sealed_means_authenticated_with_a_fresh_nonce():
    from vestibule.crypto.entropy import SystemEntropy
    from vestibule.crypto.sealing import CannotUnseal, Sealer

    sealer = Sealer((b"k" * 32,), SystemEntropy())
    sealed = {sealer.seal("the same", row="r") for _ in range(500)}
    assert len({text[3:19] for text in sealed}) == 500
    one = next(iter(sealed))
    flipped = one[:-6] + ("A" if one[-6] != "A" else "B") + one[-5:]
    for text, row in ((flipped, "r"), (one, "other"), (one[:-10], "r")):
        with pytest.raises(CannotUnseal):
            sealer.unseal(text, row=row)


def test_v11_4_1_weak_hashes_keep_nothing_secret():
    for path in SOURCE:
        text = path.read_text()
        assert "hashlib.md5" not in text
        for line in text.splitlines():
            assert "hashlib.sha1" not in line or "usedforsecurity=False" in line
    assert "SHA1" not in (ROOT / "src/vestibule/crypto/sealing.py").read_text()


def test_v12_3_1_v12_3_2_mail_goes_over_tls_or_loopback():
    given = {
        "VESTIBULE_ENV": "production", "VESTIBULE_PUBLIC_URL": "https://id.example.com", "VESTIBULE_SECRET_KEY": "kq3vW9sXb7TzR2mYd5LhGf8NcJ4pA6uE",
        "VESTIBULE_MAIL_TRANSPORT": "smtp", "VESTIBULE_MAIL_FROM": "a@b.io", "VESTIBULE_SMTP_HOST": "mail.example.com", "VESTIBULE_SMTP_TLS": "none",
    }  # fmt: skip
    with pytest.raises(settings.SettingsError) as refused:
        settings.load(environ=given)
    assert [problem.name for problem in refused.value.problems] == ["VESTIBULE_SMTP_TLS"]


def test_v13_1_2_v13_1_3_v13_2_6_v15_1_3_dependencies_have_limits_that_are_written_down():
    text = (ROOT / "docs/reliability.md").read_text()
    for word in ("PostgreSQL", "SQLite", "mail", "DNS", "password hashing", "5 s", "15 s", "503"):
        assert word in text


@pytest.mark.parametrize("secret", ["", "short", "changeme" * 5, "a" * 40, "your-secret-key-your-secret-key-your"])
def test_v13_3_1_weak_master_secrets_do_not_start(tmp_path, secret):
    environment = production("sqlite:///x.db") | {"VESTIBULE_SECRET_KEY": secret}
    done = command("serve", folder=tmp_path, **environment)
    assert done.returncode == 1
    assert "VESTIBULE_SECRET_KEY" in done.stderr
    assert not secret or len(secret) < 8 or secret not in done.stderr


async def test_v13_4_1_v13_4_2_v13_4_3_v13_4_5_v13_4_6_v15_2_3_nothing_is_exposed_by_accident(start):
    production = {"ENV": "production", "MAIL_TRANSPORT": "smtp", "MAIL_FROM": "a@b.io", "SMTP_HOST": "localhost"}
    async with start(**production) as vestibule:
        for path in ("/.git/HEAD", "/.env", "/hello/world", "/dev/mailbox", "/dev/mailbox.json", "/metrics", "/docs", "/redoc", "/debug",
                     "/.DS_Store", "/openapi.json", "/assets/", "/api/"):  # fmt: skip
            assert (await vestibule.get(path)).status_code == 404, path
        answer = await vestibule.get("/api/account")
        assert answer.json().keys().isdisjoint({"stack", "fix", "docs"})
        assert not any(char.isdigit() for char in answer.headers.get("server", ""))


def test_v13_4_4_trace_is_not_answered():
    """On a real socket: test_sec_207_http_edge.py."""
    assert "TRACE" not in {route.method for route in ROUTES}


def test_v14_3_3_pages_keep_no_secret_in_web_storage():
    text = "".join(path.read_text() for path in (ROOT / "web/src").rglob("*.ts*"))
    kept = re.findall(r"(?:localStorage|sessionStorage)\.setItem\(([^,]+),", text)
    assert all("token" not in name.lower() and "secret" not in name.lower() for name in kept), kept


def test_v15_1_2_v15_2_1_dependencies_are_pinned_by_hash_and_listed():
    for name in ("runtime.txt", "dev.txt"):
        text = (ROOT / "requirements" / name).read_text()
        assert text.count("--hash=sha256:") > text.count("==")
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    assert all("integrity" in package for path, package in lock["packages"].items() if path)
    assert "sbom" in (ROOT / "Makefile").read_text()


async def test_v15_2_2_v15_4_4_expensive_work_is_bounded(start):
    async with start(PASSWORD_THREADS="1", PASSWORD_QUEUE="2", ARGON2_MEMORY_KIB="19456") as vestibule:
        answers = await asyncio.gather(*(vestibule.log_in(f"user{n}@example.com") for n in range(20)))
        assert {answer.status_code for answer in answers} == {401, 503}
        assert (await vestibule.get("/health")).status_code == 200


async def test_v16_2_1_v16_2_2_v16_3_2_events_say_who_what_where_when(vestibule):
    browser = vestibule.browser("203.0.113.7")
    await browser.register()
    await browser.sign_in(password="a wrong guess")
    for row in await vestibule.rows("SELECT * FROM audit_events"):
        assert row["occurred_at"] > 1_700_000_000_000_000
        assert row["action"]
        assert row["request_id"]
        assert row["address"] == "203.0.113.7"
    actions = [row["action"] for row in await vestibule.rows("SELECT action FROM audit_events ORDER BY id")]
    assert actions == ["user.registered", "login.succeeded", "login.failed"]


def test_v16_3_3_attempts_to_get_around_are_seen(tmp_path):
    with server(tmp_path) as running_server:
        headers = {"Origin": "https://evil.example"}
        answer = httpx.post(
            f"{running_server.url}/api/auth/login", json={"email": "a@b.io", "password": "x"}, headers=headers
        )
        assert answer.status_code == 403
    text = "".join(running_server.output)
    assert "origin_not_allowed" in text
    assert "evil.example" in text


async def test_v16_3_4_what_nobody_expected_is_logged_with_its_request(vestibule, monkeypatch):
    seen = []
    monkeypatch.setattr(errors._log, "exception", lambda event, **facts: seen.append((event, facts)))
    vestibule.app.state.cookies = None
    answer = await vestibule.get("/api/session")
    assert answer.status_code == 500
    assert seen[0][0] == "unexpected_error"
    assert seen[0][1]["exc_info"]


def test_v16_4_2_v16_4_3_the_audit_log_is_only_added_to():
    text = (ROOT / "src/vestibule/repositories/audit_events.py").read_text()
    assert "UPDATE" not in text
    for path in SOURCE:
        assert "UPDATE audit_events" not in path.read_text()


async def test_v16_5_1_v16_5_4_errors_say_nothing_about_the_inside(start):
    production = {"ENV": "production", "MAIL_TRANSPORT": "smtp", "MAIL_FROM": "a@b.io", "SMTP_HOST": "localhost"}
    async with start(**production) as vestibule:
        vestibule.app.state.services = None
        answer = await vestibule.get("/api/config")
        assert answer.status_code == 500
        assert set(answer.json()) == {
            "type",
            "title",
            "status",
            "code",
            "detail",
            "message",
            "errors",
            "errorCodes",
            "success",
            "requestId",
        }


async def test_v16_5_2_v16_5_3_a_database_that_is_gone_opens_nothing(vestibule, monkeypatch):
    tokens = await vestibule.signed_in()
    browser = vestibule.browser()
    await browser.sign_in()

    def gone(*_: object) -> None:
        raise DatabaseUnavailable(private="gone")

    monkeypatch.setattr(vestibule.database, "reading", gone)
    monkeypatch.setattr(vestibule.database, "writing", gone)
    monkeypatch.setattr(vestibule.database, "autocommit", gone)
    assert (await vestibule.get("/api/account", **bearer(tokens))).status_code == 503
    assert (await browser.get("/api/account")).status_code == 503
    assert (await vestibule.post("/api/auth/logout", **bearer(tokens))).status_code == 503
    assert (await vestibule.log_in()).status_code == 503


def test_the_registry_names_every_requirement_once():
    registry = tomllib.loads((Path(__file__).parent / "asvs.toml").read_text())
    assert len(registry) >= 220
    assert all(level in (1, 2, 3) for level, *_ in registry.values())


__all__ = ["PASSWORD", "running"]
