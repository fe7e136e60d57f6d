"""Links in emails that lead to the operator's own pages: as they arrive, for every purpose, and what opens them."""

import re
from html import unescape
from typing import Any

import pytest

from harness import PASSWORD, PHONE, Vestibule
from vestibule.domain.one_time_code import CodePurpose
from vestibule.mail.links import OWN_PAGES
from vestibule.settings.links import FIELDS

ALICE = "alice@example.com"
NEW_PASSWORD = "quiet green lantern"
PUBLIC = "http://localhost:8000"
APP = "http://localhost:5173"
APART = {"APP_URL": APP}
FORMS = {
    "path": "/own/{name}/{{token}}",
    "query": "/own/{name}?lang=de&t={{token}}",
    "fragment": "/own/{name}#t={{token}}",
    "a whole address": PUBLIC + "/own/{name}/{{token}}/now",
}
Mailed = tuple[dict[str, Any], str, dict[str, Any]]
"""An email, the path that takes the token of its link, and what else belongs into that request."""


async def verifying(v: Vestibule) -> Mailed:
    await v.browser().register()
    return (await v.mails(ALICE, "Confirm"))[0], "/api/auth/verify-email", {}


async def resetting(v: Vestibule) -> Mailed:
    await v.browser().register()
    await v.post("/api/auth/forgot-password", {"email": ALICE})
    return (await v.mails(ALICE, "Reset"))[0], "/api/auth/reset-password", {"password": NEW_PASSWORD}


async def signing_in(v: Vestibule) -> Mailed:
    browser = v.browser()
    await browser.register()
    visitor = v.browser()
    await visitor.step(await visitor.begin(), "email_link", send=True)
    return (await v.mails(ALICE, "Sign in"))[0], "/api/login/links", {"confirm": True}


async def alarmed(v: Vestibule) -> Mailed:
    await v.browser().register()
    await v.verify()
    stranger = v.browser()
    stranger.http.headers["User-Agent"] = PHONE
    await stranger.sign_in()
    return (await v.mails(ALICE, "New sign-in"))[0], "/api/account/not-me", {}


async def moving(v: Vestibule) -> Mailed:
    browser = v.browser()
    await browser.register()
    await v.verify()
    await browser.send("PATCH", "/api/account", {"email": "new@example.com", "currentPassword": PASSWORD})
    code = (await v.mails("new@example.com"))[0]["codes"][0]
    await browser.post("/api/auth/verify-email", {"email": "new@example.com", "code": code})
    return (await v.mails(ALICE, "was changed"))[0], "/api/account/undo-email", {}


async def deleting(v: Vestibule) -> Mailed:
    browser = v.browser()
    await browser.register()
    await v.verify()
    assert (await browser.send("DELETE", "/api/account", {"password": PASSWORD})).status_code < 300
    return (await v.mails(ALICE, "was deleted"))[0], "/api/account/restore", {}


async def recovering(v: Vestibule) -> Mailed:
    await v.with_app()
    browser, refused = await v.half_signed_in()
    await browser.step(refused, "factor_recovery", confirm=True)
    return (await v.mails(ALICE, "second factor is lost"))[0], "/api/account/cancel-recovery", {}


STORIES = {
    CodePurpose.EMAIL_VERIFICATION: verifying,
    CodePurpose.PASSWORD_RESET: resetting,
    CodePurpose.SIGN_IN: signing_in,
    CodePurpose.NOT_ME: alarmed,
    CodePurpose.EMAIL_UNDO: moving,
    CodePurpose.DELETION_UNDO: deleting,
    CodePurpose.RECOVERY_CANCEL: recovering,
}


def setting(purpose: CodePurpose) -> str:
    return f"LINK_{FIELDS[purpose].upper()}"


def template(form: str, purpose: CodePurpose) -> str:
    return FORMS[form].format(name=purpose.value)


def links(mail: dict[str, Any]) -> list[str]:
    """The links of an email, which are the same in both of its parts."""
    of_html = [unescape(found) for found in re.findall(r'href="([^"]*)"', mail["html"])]
    assert sorted(of_html) == sorted(mail["links"])
    return of_html


def token(mail: dict[str, Any], address: str) -> str:
    """The token of the link that this template made, read back as a page would."""
    before, after = address.split("{token}")
    (found,) = [link for link in links(mail) if link.startswith(before)]
    assert found.endswith(after)
    secret = found[len(before) : len(found) - len(after)]
    assert re.fullmatch(r"vst_[a-z]{3}_[0-9A-Za-z]{49}", secret)
    assert mail["text"].count(secret) == mail["html"].count(secret) == 1
    return secret


def test_every_purpose_has_its_story():
    assert set(STORIES) == set(CodePurpose)


@pytest.mark.parametrize("purpose", STORIES)
class TestEveryPurpose:
    @pytest.mark.parametrize("form", FORMS)
    async def test_leads_to_the_page_of_its_template_with_a_token_that_works(self, start, purpose, form):
        templates = {setting(each): template(form, each) for each in CodePurpose}
        async with start(**APART, **templates) as vestibule:
            mail, path, more = await STORIES[purpose](vestibule)
            address = template(form, purpose)
            secret = token(mail, address if address.startswith("http") else APP + address)
            answer = await vestibule.post(path, {"token": secret, **more})
            assert answer.status_code == 200, answer.text
            assert not [link for link in links(mail) if "/own/" not in link]

    async def test_without_a_template_leads_to_our_own_page_once_another_has_one(self, start, purpose):
        other = CodePurpose.PASSWORD_RESET if purpose is not CodePurpose.PASSWORD_RESET else CodePurpose.NOT_ME
        async with start(**APART, **{setting(other): "/own/{token}"}) as vestibule:
            mail, path, more = await STORIES[purpose](vestibule)
            secret = token(mail, PUBLIC + OWN_PAGES[purpose])
            page = (PUBLIC + OWN_PAGES[purpose]).partition("#")[0]
            assert (await vestibule.get(page)).status_code == 200
            assert (await vestibule.post(path, {"token": secret, **more})).status_code == 200

    async def test_without_any_template_leads_to_our_page_at_the_application(self, start, purpose):
        async with start(**APART) as vestibule:
            mail, path, more = await STORIES[purpose](vestibule)
            secret = token(mail, APP + OWN_PAGES[purpose])
            assert (await vestibule.post(path, {"token": secret, **more})).status_code == 200


class TestEmailsWithTwoMeanings:
    async def test_the_reset_link_of_an_account_that_was_locked_down_is_that_of_a_reset(self, start):
        templates = {setting(purpose): template("path", purpose) for purpose in CodePurpose}
        async with start(**APART, **templates) as vestibule:
            alert, path, _ = await alarmed(vestibule)
            alarm = token(alert, APP + templates["LINK_NOT_ME"])
            assert (await vestibule.post(path, {"token": alarm})).status_code == 200
            mail = (await vestibule.mails(ALICE, "locked down"))[0]
            secret = token(mail, APP + templates["LINK_RESET_PASSWORD"])
            body = {"token": secret, "password": NEW_PASSWORD}
            assert (await vestibule.post("/api/auth/reset-password", body)).status_code == 200

    async def test_an_alert_without_a_link_of_its_own_has_the_one_that_says_not_me(self, start):
        async with start(**APART, LINK_NOT_ME="/own/alarm/{token}") as vestibule:
            browser = vestibule.browser()
            await browser.register()
            await vestibule.verify()
            change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
            await browser.post("/api/auth/change-password", change)
            mail = (await vestibule.mails(ALICE, "password was changed"))[0]
            answer = await vestibule.post("/api/account/not-me", {"token": token(mail, f"{APP}/own/alarm/{{token}}")})
            assert answer.status_code == 200


@pytest.mark.parametrize(("templates", "pages"), [({}, APP), ({"LINK_RESET_PASSWORD": "/own/{token}"}, PUBLIC)])
class TestPagesWithoutAToken:
    """The sign-in page, the account's pages and the redirects to them: no template names them, so they are ours."""

    async def test_are_ours_in_emails(self, start, templates, pages):
        async with start(**APART, **templates, REGISTRATION="private") as vestibule:
            await vestibule.register()
            await vestibule.mails()
            await vestibule.verify()
            await vestibule.register("another", ALICE)
            (mail,) = await vestibule.mails(ALICE, "already have an account")
            assert links(mail) == [f"{pages}/auth/sign-in"]

    async def test_are_ours_where_an_alert_lists_what_was_kept(self, start, templates, pages):
        async with start(**APART, **templates) as vestibule:
            browser = vestibule.browser()
            await browser.register()
            await vestibule.verify()
            created = await browser.post("/api/account/api-keys", {"name": "deploy"})
            assert created.status_code == 201, created.text
            change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
            await browser.post("/api/auth/change-password", change)
            mail = (await vestibule.mails(ALICE, "password was changed"))[0]
            assert f"{pages}/account/security" in links(mail)

    async def test_are_ours_for_password_managers_and_after_redirects(self, start, templates, pages):
        async with start(**APART, **templates, FORWARD_AUTH="localhost/* signed-in") as vestibule:
            moved = await vestibule.get("/.well-known/change-password")
            assert moved.headers["location"] == f"{pages}/account/security"
            found = (await vestibule.get("/.well-known/passkey-endpoints")).json()
            assert found == {"enroll": f"{pages}/account/security", "manage": f"{pages}/account/security"}
            targets = {
                "http://localhost:8000/x": "/auth/sign-in?",
                "http://other.example/": "/auth/no-access?",
                "x": "/account",
            }
            for to, page in targets.items():
                answer = await vestibule.get(f"/forward-auth/return?to={to}")
                assert answer.headers["location"].startswith(pages + page), to

    async def test_let_the_application_call_the_api_as_before(self, start, templates, pages):
        async with start(**APART, **templates) as vestibule:
            answer = await vestibule.get("/api/config", Origin=APP)
            assert answer.headers["access-control-allow-origin"] == APP


class TestOurOwnPageOfTheReset:
    """Where the application has no pages of its own, the path form of the reset link opens ours."""

    async def test_opens_by_the_path_and_by_the_fragment(self, start):
        for form in ("/auth/reset-password/{token}", "/auth/reset-password#token={token}"):
            async with start(LINK_RESET_PASSWORD=form) as vestibule:
                await vestibule.register()
                await vestibule.post("/api/auth/forgot-password", {"email": ALICE})
                mail = (await vestibule.mails(ALICE, "Reset"))[0]
                secret = token(mail, PUBLIC + form)
                page = await vestibule.get((PUBLIC + form).replace("{token}", secret))
                assert page.status_code == 200
                assert page.headers["referrer-policy"] == "no-referrer"
                assert secret not in page.text
