"""The test twin, as somebody uses it in the tests of an application."""

import shutil

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import sync_playwright
from vestibule_client.fastapi import CurrentUser, require


@pytest.fixture
def application():
    app = FastAPI()

    @app.get("/me")
    def me(user: CurrentUser):
        return {"id": user.id, "roles": user.roles, "aal": user.aal, "email": user.email}

    @app.get("/admin")
    def admin(user=require(role="admin")):  # noqa: B008 - as people write it
        return {"id": user.id}

    return TestClient(app)


class TestWithoutAServer:
    def test_a_token_opens_the_application(self, application, auth_token):
        assert application.get("/me").status_code == 401
        answer = application.get("/me", headers=auth_token("user_7", role="clerk", aal=2))
        assert answer.json() == {"id": "user_7", "roles": ["clerk"], "aal": 2, "email": None}

    def test_rights_are_judged_as_they_will_be(self, application, auth_token):
        assert application.get("/admin", headers=auth_token()).status_code == 403
        assert application.get("/admin", headers=auth_token(role="admin")).status_code == 200
        assert application.get("/me", headers=auth_token(expires_in=-1)).status_code == 401
        assert application.get("/me", headers=auth_token(audience="https://other.example.com")).status_code == 401

    def test_sessions_keys_and_their_ends(self, application, vestibule_issuer):
        for headers in (vestibule_issuer.headers(), vestibule_issuer.cookie(), vestibule_issuer.api_key()):
            assert application.get("/me", headers=headers).status_code == 200
            vestibule_issuer.end(headers)
            assert application.get("/me", headers=headers).status_code == 401


@pytest.mark.servers
class TestWithTheRealServer:
    def test_somebody_is_registered_and_signed_in(self, application, vestibule_server, auth_user):
        clerk = auth_user(role="clerk")
        answer = application.get("/me", headers=clerk.cookie).json()
        assert answer == {"id": clerk.id, "roles": ["clerk"], "aal": 1, "email": clerk.email}
        assert application.get("/me", headers=auth_user(aal=2).headers).json()["aal"] == 2
        assert application.get("/admin", headers=auth_user(role="admin").headers).status_code == 200

    def test_its_mails_are_captured(self, vestibule_server, auth_user):
        somebody = auth_user()
        httpx.post(f"{vestibule_server.url}/api/auth/forgot-password", json={"email": somebody.email})
        subjects = [mail["subject"] for mail in vestibule_server.mails(somebody.email)]
        assert any("Reset" in subject for subject in subjects)

    def test_time_passes_when_a_test_says_so(self, vestibule_server, auth_user):
        somebody = auth_user()
        asked = {"url": f"{vestibule_server.url}/api/session", "headers": somebody.cookie}
        assert httpx.get(**asked).json()["user"]["id"] == somebody.id
        vestibule_server.clock.advance(8 * 24 * 3600)
        assert httpx.get(**asked).json()["user"] is None

    @pytest.mark.browser
    def test_a_page_opens_signed_in(self, vestibule_server, auth_user, signed_in_page):
        somebody = auth_user()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = signed_in_page(browser, somebody)
            page.goto(f"{vestibule_server.url}/account")
            page.get_by_role("heading", name=f"Hello, {somebody.username}").wait_for()
            browser.close()
