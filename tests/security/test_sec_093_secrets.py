"""Cases 93, 217, 219; ASVS 13.3.1, 14.2.1, 16.2.5, 16.4.1: whatever a full run leaves behind, no secret is in it.

A real server with two workers goes through every flow; then everything it wrote (logs, metrics, answers to others, the
database, the process list, its folder) is searched for every secret that it handed out or was given.
"""

import json
import re
import subprocess

import httpx
import pytest

from authenticator import Authenticator
from harness import PASSWORD, SECRET, code_of, environment, options_of, running
from servers import server
from vestibule.crypto import totp
from vestibule.crypto.clock import SystemClock

NEW_PASSWORD = "quiet green lantern"
CARELESS = "a password typed into the wrong field"


class Collected:
    def __init__(self) -> None:
        self.secrets: dict[str, str] = {"master secret": SECRET, "password": PASSWORD, "new password": NEW_PASSWORD}

    def add(self, name: str, value: str) -> str:
        assert len(value) >= 6, name
        self.secrets[name] = value
        return value


def run_everything(url: str, client: httpx.Client) -> Collected:
    """Every flow that hands out a secret, and a few mistakes that people make with theirs."""
    found = Collected()

    def post(path: str, body: object, **headers: str) -> httpx.Response:
        return client.post(f"{url}{path}", json=body, headers=headers)

    def mail(subject: str) -> dict:
        return next(mail for mail in client.get(f"{url}/dev/mailbox.json").json() if subject in mail["subject"])

    who = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
    assert post("/api/auth/register", who).status_code == 201
    confirm = mail("Confirm")
    found.add("verification code", confirm["codes"][0])
    link = found.add("verification link", confirm["links"][0].partition("=")[2])
    post("/api/auth/verify-email", {"token": link, "keepFactors": True})
    tokens = post("/api/auth/login", {"email": who["email"], "password": PASSWORD}).json()
    found.add("access token", tokens["accessToken"])
    found.add("refresh token", tokens["refreshToken"])
    tokens = post("/api/auth/refresh", {"refreshToken": tokens["refreshToken"]}).json()
    found.add("second access token", tokens["accessToken"])
    found.add("second refresh token", tokens["refreshToken"])
    bearer = {"Authorization": f"Bearer {tokens['accessToken']}"}
    app = post("/api/account/totp", {}, **bearer).json()
    seed = found.add("TOTP seed", app["secret"])
    code = totp.code_at(seed, totp.step_at(SystemClock().now()))
    for number, recovery in enumerate(
        post(f"/api/account/totp/{app['ceremony']}", {"code": code}, **bearer).json()["recoveryCodes"]
    ):
        found.add(f"recovery code {number}", recovery)
    post("/api/auth/forgot-password", {"email": who["email"]})
    reset = found.add("reset link", mail("Reset")["links"][0].partition("=")[2])
    post("/api/auth/reset-password", {"token": reset, "password": NEW_PASSWORD})
    alarm = re.search(r"#notMe=(\S+)", mail("changed")["text"])[1]
    found.add("not-me link", alarm)
    csrf = client.get(f"{url}/api/csrf/restore").json()["XSRF-Token"]
    found.add("CSRF token", csrf)
    half = post("/api/session", {"credential": "alice", "password": NEW_PASSWORD}, **{"XSRF-Token": csrf}).json()
    assert half["code"] == "mfa_required", half
    begun = post("/api/login", {"identifier": "alice", "sessionType": "token"}).json()
    found.add("attempt secret", begun["attempt"]["secret"])
    for name in client.cookies:
        if name != "XSRF-TOKEN":
            found.add(f"cookie {name}", client.cookies[name])
    # Mistakes: a password as a name, a token in an address, a secret in a header, all of it in a body that is no JSON.
    found.add("careless password", CARELESS)
    post("/api/auth/login", {"email": CARELESS, "password": "x"})
    post("/api/login", {"identifier": CARELESS, "sessionType": "token"})
    client.get(f"{url}/api/account?access_token={tokens['accessToken']}")
    client.get(f"{url}/api/{tokens['refreshToken']}")
    client.get(
        f"{url}/api/account",
        headers={"X-Request-Id": tokens["refreshToken"][:60], "User-Agent": tokens["refreshToken"]},
    )
    client.post(f"{url}/api/auth/login", content=json.dumps(who)[:-1], headers={"Content-Type": "application/json"})
    return found


@pytest.fixture(scope="module")
def ran(tmp_path_factory, postgres_templates):
    """What a run left behind, by place, and the secrets of it."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "secret_key").write_text(SECRET)
    address = postgres_templates.fresh()
    cheap = {"VESTIBULE_ARGON2_MEMORY_KIB": "64", "VESTIBULE_ARGON2_TIME": "1"}
    with server(folder, workers=2, **cheap, VESTIBULE_DATABASE_URL=address, VESTIBULE_LOG_LEVEL="debug") as started:
        with httpx.Client(timeout=30) as client:
            found = run_everything(started.url, client)
            places = {
                "metrics": client.get(f"{started.url}/metrics").text,
                "openapi": client.get(f"{started.url}/api/openapi.json").text,
                "config": client.get(f"{started.url}/api/config").text,
                "readiness": client.get(f"{started.url}/health/ready").text,
            }
        places["processes"] = subprocess.run(
            ["ps", "axww", "-o", "args"], capture_output=True, text=True, check=True
        ).stdout
    places["logs"] = "".join(started.output)
    places["database"] = dumped(address)
    places["folder"] = "".join(
        path.read_text(errors="replace")
        for path in folder.rglob("*")
        if path.is_file() and path.parent.name != "mailbox" and path.name != "secret_key"
    )
    yield found, places
    postgres_templates.drop(address)


def dumped(address: str) -> str:
    import asyncio

    import asyncpg

    async def dump() -> str:
        connection = await asyncpg.connect(address)
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [
            str([tuple(row) for row in await connection.fetch(f"SELECT * FROM {table['tablename']}")])
            for table in tables
        ]
        await connection.close()
        return "\n".join(rows)

    return asyncio.run(dump())


@pytest.mark.parametrize(
    "place", ["logs", "metrics", "openapi", "config", "readiness", "processes", "database", "folder"]
)
def test_no_secret_is_found_in(ran, place):
    found, places = ran
    text = places[place]
    assert len(found.secrets) >= 20
    # Six digits may stand anywhere by chance, in a time or a hash: as a word of their own they may not.
    leaked = [
        name for name, value in found.secrets.items()
        if (re.search(rf"(?<![0-9A-Za-z.]){re.escape(value)}(?![0-9A-Za-z])", text) if len(value) < 8 else value in text)
    ]  # fmt: skip
    assert leaked == []


def test_the_run_was_logged_at_all(ran):
    _, places = ran
    assert places["logs"].count("/api/auth/login") >= 2
    assert "argon2" in places["database"]


class TestLogLines:
    """ASVS 16.4.1: one event, one line, whatever was sent."""

    @pytest.mark.parametrize(
        "text",
        ["a\r\nb", "\x1b[31mred", '","level":"error', "x" * 100_000, "\u202eevil", "a\x00b", "%0d%0aSet-Cookie: x"],
    )
    async def test_are_one_valid_line_each(self, vestibule, capfd, text):
        from vestibule.observability import logs

        logs.configure(json=True, level="info")
        await vestibule.post("/api/auth/login", {"email": text, "password": text})
        await vestibule.http.get(f"/api/{text[:200].encode('unicode_escape').decode()}")
        lines = [line for line in capfd.readouterr().err.splitlines() if line]
        assert lines
        for line in lines:
            assert len(line) < 8192
            assert isinstance(json.loads(line), dict)
            assert "\x1b" not in line


class TestMetrics:
    async def test_labels_are_bounded(self, vestibule):
        """Case 219."""
        for number in range(300):
            await vestibule.get(f"/api/{number}")
            await vestibule.http.request(f"M{number}", "/api/session")
            await vestibule.log_in(f"user{number}@example.com")
        text = (await vestibule.get("/metrics")).text
        assert len(text.splitlines()) < 400
        assert "user7" not in text


__all__ = ["Authenticator", "code_of", "environment", "options_of", "running"]
