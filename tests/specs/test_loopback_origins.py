"""Front ends have servers of their own in development: pages of this machine may call the API from any port."""

import json

import pytest

from harness import PASSWORD
from vestibule.observability import logs

PRODUCTION = {
    "ENV": "production",
    "MAIL_TRANSPORT": "smtp",
    "MAIL_FROM": "no-reply@example.com",
    "SMTP_HOST": "localhost",
    "PUBLIC_URL": "https://id.example.com",
}
GOOD = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}


def local(port: str) -> list[str]:
    return [f"http://{host}{port}" for host in ("localhost", "127.0.0.1", "[::1]")]


class TestLoopbackOrigins:
    @pytest.mark.parametrize("origin", [*local(""), *local(":80"), *local(":3000"), *local(":5173"), *local(":65535")])
    async def test_count_as_own_in_development(self, vestibule, origin):
        browser = vestibule.browser()
        assert (await browser.post("/api/users", GOOD, Origin=origin)).status_code == 201
        answer = await browser.get("/api/session", Origin=origin)
        assert answer.headers["access-control-allow-origin"] == origin
        assert answer.headers["access-control-allow-credentials"] == "true"
        preflight = await browser.http.options(
            "/api/session",
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "DELETE",
                "Access-Control-Request-Headers": "content-type,xsrf-token,authorization",
            },
        )
        assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, origin)
        assert (await browser.send("DELETE", "/api/session", Origin=origin)).status_code == 200

    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/api/users"), ("POST", "/api/session"), ("DELETE", "/api/session")]
    )
    async def test_still_need_the_csrf_token(self, vestibule, method, path):
        browser = vestibule.browser()
        await browser.register()
        body = {} if method == "DELETE" else {"json": GOOD}
        answer = await browser.http.request(method, path, headers={"Origin": "http://localhost:5173"}, **body)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")

    @pytest.mark.parametrize(
        "origin",
        [
            "https://localhost:5173",
            "http://localhost:5173.evil.example",
            "http://localhost.evil.example:5173",
            "http://evil.example",
            "http://localhost@evil.example",
            "http://localhost:",
            "http://localhost:5173/",
            "http://localhost:123456",
            "http://127.0.0.2:5173",
            "http://127.0.0.1.evil.example",
            "http://[::2]:5173",
            "http://192.168.0.1:5173",
            "http://0.0.0.0:5173",
            "http://xlocalhost:5173",
            "http://localhost:5173\n",
            "null",
            "",
        ],
    )
    async def test_are_those_of_this_machine_only(self, vestibule, origin):
        browser = vestibule.browser()
        answer = await browser.post("/api/users", GOOD, Origin=origin)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
        assert "access-control-allow-origin" not in answer.headers
        preflight = await browser.http.options(
            "/api/session", headers={"Origin": origin, "Access-Control-Request-Method": "DELETE"}
        )
        assert "access-control-allow-origin" not in preflight.headers

    @pytest.mark.parametrize(
        "settings",
        [PRODUCTION, {**PRODUCTION, "PUBLIC_URL": "http://localhost:8000"}, {"PUBLIC_URL": "https://id.example.com"}],
    )
    @pytest.mark.parametrize("origin", local(":5173"))
    async def test_do_not_count_in_production_or_elsewhere(self, start, settings, origin):
        async with start(**settings) as vestibule:
            answer = await vestibule.browser().post("/api/users", GOOD, Origin=origin)
            assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
            assert "access-control-allow-origin" not in answer.headers

    async def test_are_logged_once_each(self, vestibule, capsys):
        logs.configure(json=True, level="info")
        for origin in ("http://localhost:5173", "http://127.0.0.1:5173", "http://localhost:8000"):
            for _ in range(3):
                await vestibule.get("/api/session", Origin=origin)
        lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if "loopback_origin" in line]
        assert [line["origin"] for line in lines] == ["http://localhost:5173", "http://127.0.0.1:5173"]
        assert all("VESTIBULE_CORS_ORIGINS" in line["note"] for line in lines)
