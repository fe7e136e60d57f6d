"""The page behind "this was not me", and signing in while somebody attacks: the work is done unseen."""

import re

import pytest
from playwright.sync_api import expect

from harness import PASSWORD
from servers import server

pytestmark = pytest.mark.browser


def register(page, name: str) -> None:
    page.goto("/auth/register")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()


def alarm(mailbox, to: str) -> str:
    mail = next(mail for mail in mailbox(to) if "#notMe=" in mail["text"])
    return re.search(r"http\S+#notMe=\S+", mail["text"])[0]


class TestNotMe:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_one_button_signs_out_every_device_and_the_way_back_is_mailed(self, chromium, site, page, mailbox, scheme):
        name = f"alarmed{scheme}"
        register(page, name)
        page.wait_for_url(re.compile(r"/(account|auth/verify-email|$)"))
        stranger = chromium.new_context(base_url=site.url, user_agent="Another/1.0", color_scheme=scheme)
        token = stranger.request.get("/api/csrf/restore").json()["XSRF-Token"]
        signed = stranger.request.post(
            "/api/session", data={"credential": name, "password": PASSWORD}, headers={"XSRF-Token": token}
        )
        assert signed.ok
        theirs = stranger.new_page()
        theirs.goto(alarm(mailbox, f"{name}@example.com"))
        expect(theirs.get_by_role("heading", name="Was this not you?")).to_be_visible()
        expect(theirs).not_to_have_url(re.compile("notMe"))
        theirs.get_by_role("button", name="This was not me").click()
        expect(theirs.get_by_role("heading", name="Your account is locked down")).to_be_visible()
        assert mailbox(f"{name}@example.com", "locked down")
        page.goto("/account")
        page.wait_for_url(re.compile("/auth/sign-in"))
        stranger.close()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    with server(
        tmp_path_factory.mktemp("attacked"), VESTIBULE_ARGON2_MEMORY_KIB="64", VESTIBULE_PROOF_OF_WORK="always",
        VESTIBULE_PROOF_OF_WORK_BITS="10",
    ) as running:  # fmt: skip
        yield running


class TestProofOfWork:
    def test_people_notice_nothing_of_it(self, chromium, attacked):
        context = chromium.new_context(base_url=attacked.url)
        page = context.new_page()
        challenged = []
        page.on("response", lambda answer: challenged.append(answer.url) if answer.status == 428 else None)
        register(page, "patient")
        page.wait_for_url(re.compile(r"/(account|auth/verify-email|$)"))
        assert challenged
        context.close()
