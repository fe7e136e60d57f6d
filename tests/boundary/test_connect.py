"""What the /connect page is made of: in development only, with the address that this server has."""

import pytest

from harness import bearer
from vestibule.observability import logs


class TestGuides:
    async def test_have_this_server_s_address_in_the_place_of_the_page_s(self, start):
        async with start(PUBLIC_URL="http://id.example.localhost:9100") as vestibule:
            told = (await vestibule.get("/dev/connect.json")).json()
            assert told["issuer"] == "http://id.example.localhost:9100"
            texts = [block["text"] for guide in told["guides"] for block in guide["blocks"]]
            assert any("VESTIBULE_ISSUER=http://id.example.localhost:9100 uvicorn" in text for text in texts)
            assert not [text for text in texts if "localhost:8000" in text or "127.0.0.1:8000" in text]
            assert {guide["kind"] for guide in told["guides"]} == {"application", "proxy"}

    @pytest.mark.parametrize("path", ["/dev/connect.json", "/dev/calls.json", "/connect"])
    async def test_are_not_there_in_production(self, start, path):
        production = {
            "ENV": "production", "PUBLIC_URL": "https://id.example.com", "MAIL_TRANSPORT": "resend",
            "RESEND_API_KEY": "re_x", "MAIL_FROM": "no-reply@example.com",
        }  # fmt: skip
        async with start(**production) as vestibule:
            assert (await vestibule.get(path)).status_code == 404


class TestCalls:
    async def test_of_programs_are_shown_and_nothing_secret_with_them(self, vestibule):
        logs.listen(vestibule.app.state.recent_calls.note)
        tokens = await vestibule.signed_in()
        await vestibule.get("/.well-known/jwks.json?token=secret", **{"User-Agent": "shop/1.0 (of somebody)"})
        await vestibule.get("/api/session", **{"User-Agent": "Mozilla/5.0 (a page of ours)"})
        await vestibule.get("/api/account", **bearer(tokens))
        calls = (await vestibule.get("/dev/calls.json")).json()["calls"]
        assert [(call["method"], call["path"], call["status"], call["agent"]) for call in calls] == [
            ("GET", "/.well-known/jwks.json", 200, "shop/1.0")
        ]

    async def test_are_the_last_fifty(self, vestibule):
        logs.listen(vestibule.app.state.recent_calls.note)
        for _ in range(60):
            await vestibule.get("/.well-known/jwks.json", **{"User-Agent": "a" * 500})
        calls = (await vestibule.get("/dev/calls.json")).json()["calls"]
        assert len(calls) == 50
        assert calls[0]["number"] > calls[-1]["number"]
        assert len(calls[0]["agent"]) == 60


@pytest.fixture(autouse=True)
def _nobody_listens_afterwards():
    yield
    logs.listen()
