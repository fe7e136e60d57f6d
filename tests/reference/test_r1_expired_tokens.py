"""Auth-Flow's front end never renews its access token: what it shows then, and what programs of its family do."""

import httpx
import pytest
from auth_flow_pages import Person
from front_ends import STATIC, front_end
from serving import development

from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]


@pytest.fixture(scope="module")
def site(database, tmp_path_factory):
    """Vestibule whose access tokens live for seconds: the operator's setting wins over the profile's default."""
    port = free_port()
    with front_end("r1", STATIC, port, VITE_API_URL=f"http://localhost:{port}/api") as front, development(
        tmp_path_factory.mktemp("site"), database, port, COMPATIBILITY="auth-flow", APP_URL=front.url,
        ACCESS_TOKEN_LIFETIME="4s",
    ) as vestibule:  # fmt: skip
        vestibule.front = front
        yield vestibule


@pytest.fixture
def expired(page, site):
    """A person whose access token was good, and is so no longer."""
    person = Person(page, site.front)
    person.join()
    person.tokens = person.stored()
    while profile(site, person.tokens["accessToken"]).status_code == 200:
        pass
    return person


def profile(site, token):
    return httpx.get(f"{site.url}/api/auth/profile", headers={"Authorization": f"Bearer {token}"})


def renew(site, token):
    return httpx.post(f"{site.url}/api/auth/token/refresh", json={"refresh_token": token})


def sees_profile(person, with_a_new_token):
    """See the profile. Where the machine takes so long that the new token has ended as well, with a newer one."""
    for _ in range(20):
        with_a_new_token()
        with person.page.expect_response(lambda answer: answer.url.endswith("/api/auth/profile")) as answered:
            person.page.get_by_role("button", name="Profile").click()
        if answered.value.status != 401:
            break
    person.arrives("/profile")


def test_the_dashboard_stays_as_it_is_and_a_new_sign_in_helps(expired, page, site):
    assert profile(site, expired.tokens["accessToken"]).status_code == 401
    with page.expect_console_message(lambda message: "status code 401" in message.text):
        page.get_by_role("button", name="Profile").click()
    expired.is_signed_in()

    def signed_in_again():
        expired.log_in()
        expired.is_signed_in()

    sees_profile(expired, signed_in_again)


def test_a_program_renews_the_token_as_often_as_it_likes(expired, page, site):
    token = expired.tokens["refreshToken"]
    for _ in range(3):
        answer = renew(site, token)
        assert (answer.status_code, answer.json()["success"]) == (200, True)
        renewed = answer.json()["newAccess_token"]
        assert renewed.items() >= {"success": True, "expiresIn": "4s"}.items()
        assert profile(site, renewed["token"]).status_code == 200
        assert renewed["refresh_token"] != token
        token = renewed["refresh_token"]

    def renewed_again():
        nonlocal token
        renewed = renew(site, token).json()["newAccess_token"]
        token = renewed["refresh_token"]
        page.evaluate(
            "renewed => localStorage.setItem('auth', JSON.stringify({ ...JSON.parse(localStorage.auth), ...renewed }))",
            {"accessToken": renewed["token"]},
        )
        page.reload()

    sees_profile(expired, renewed_again)


@pytest.mark.parametrize("token", ["", "vst_ref_made_up", None])
def test_no_token_or_a_wrong_one_is_refused_with_a_message(site, token):
    answer = renew(site, token)
    assert 400 <= answer.status_code < 500
    assert answer.json()["success"] is False
    assert answer.json()["message"]
