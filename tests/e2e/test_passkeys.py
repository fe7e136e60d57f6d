"""Passkeys in a real browser, with Chromium's virtual authenticator; and the second steps beside them."""

import re

import pytest
from playwright.sync_api import Page, expect

from browsing import Visitor
from harness import PASSWORD
from vestibule.crypto import totp
from vestibule.crypto.clock import SystemClock

pytestmark = pytest.mark.browser


class VirtualAuthenticator:
    """The device's own authenticator, as Chromium pretends to have one."""

    def __init__(self, page: Page) -> None:
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def credentials(self) -> list[dict]:
        return self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]


@pytest.fixture
def authenticator(page) -> VirtualAuthenticator:
    return VirtualAuthenticator(page)


def sign_out(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def add_passkey(page: Page) -> None:
    page.goto("/account/security")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("button", name=re.compile("Remove the passkey"))).to_be_visible()


class TestPasskeys:
    def test_made_on_the_account_page_and_used_to_sign_in(self, visitor, page, authenticator):
        visitor.register("passer")
        # The browser's autofill answers by itself as soon as there is a passkey: the button is tried without it.
        page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
        add_passkey(page)
        assert len(authenticator.credentials()) == 1
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        visitor.heading("Hello, passer")

    def test_autofill_signs_in_without_any_button(self, visitor, page, authenticator):
        visitor.register("autofiller")
        add_passkey(page)
        page.context.clear_cookies()
        page.goto("/auth/sign-in")  # the authenticator answers as soon as the field's autofill waits for it
        visitor.heading("Hello, autofiller")

    def test_an_account_without_a_password(self, visitor, page, authenticator):
        page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
        page.goto("/auth/register")
        page.get_by_label("Username").fill("keyonly")
        page.get_by_label("Email").fill("keyonly@example.com")
        page.get_by_role("button", name="Create it with a passkey").click()
        visitor.heading("Confirm your email")
        page.goto("/account/security")
        expect(page.get_by_text("Your account has no password.")).to_be_visible()
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        visitor.heading("Hello, keyonly")

    def test_closing_the_browsers_dialog_is_no_error(self, visitor, page):
        visitor.register("canceller")
        # What Chromium answers when somebody closes its dialog, which no script can do.
        closed = "() => Promise.reject(new DOMException('closed', 'NotAllowedError'))"
        page.add_init_script(f"navigator.credentials.create = navigator.credentials.get = {closed}")
        page.goto("/account/security")
        page.get_by_role("button", name="Add a passkey").click()
        expect(page.get_by_text("Nothing happened. Try again whenever you like")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        sign_out(page)
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()
        expect(page.get_by_role("alert")).to_have_count(0)

    def test_renamed_and_removed(self, visitor, page, authenticator):
        visitor.register("renamer")
        add_passkey(page)
        page.get_by_role("button", name=re.compile("Rename the passkey")).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Kitchen laptop")
        dialog.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Kitchen laptop")).to_be_visible()
        page.get_by_role("button", name="Remove the passkey Kitchen laptop").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.get_by_text("You have no passkey yet.")).to_be_visible()
        # The Signal API has told the authenticator, so that it does not offer what opens nothing any more.
        page.wait_for_function("document.readyState === 'complete'")
        left = authenticator.credentials()
        for _ in range(200):
            left = authenticator.credentials()
            if not left:
                break
        assert left == []

    def test_asked_for_after_the_password_by_those_who_want_it(self, visitor, page, authenticator):
        visitor.register("doubler")
        page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
        add_passkey(page)
        page.get_by_role("button", name="Turn on").click()
        expect(page.get_by_role("button", name="Turn off")).to_be_visible()
        sign_out(page)
        visitor.sign_in("doubler")
        visitor.heading("Use your passkey")
        page.get_by_role("button", name="Continue with a passkey").click()
        visitor.heading("Hello, doubler")

    def test_offered_once_after_a_password(self, visitor, page, authenticator):
        visitor.register("offered")
        sign_out(page)
        visitor.sign_in("offered")
        visitor.heading("Next time without a password?")
        page.get_by_role("button", name="Not now").click()
        visitor.heading("Hello, offered")
        sign_out(page)
        visitor.sign_in("offered")
        visitor.heading("Hello, offered")

    def test_made_from_the_offer(self, visitor, page, authenticator):
        visitor.register("taker")
        sign_out(page)
        visitor.sign_in("taker")
        page.get_by_role("button", name="Create a passkey").click()
        visitor.heading("Hello, taker")
        page.goto("/account/security")
        expect(page.get_by_role("button", name=re.compile("Remove the passkey"))).to_be_visible()


def code_now(seed: str, off: int = 0) -> str:
    return totp.code_at(seed, totp.step_at(SystemClock().now()) + off)


class TestSecondStep:
    def set_up(self, visitor: Visitor, page: Page, name: str) -> tuple[str, list[str]]:
        visitor.register(name)
        page.goto("/account/security")
        page.get_by_role("button", name="Set up").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("img")).to_be_visible()
        seed = dialog.locator("code").inner_text().replace(" ", "")
        dialog.get_by_label("Code from the app").fill(code_now(seed))
        dialog.get_by_role("button", name="Turn on").click()
        codes = page.get_by_role("dialog").get_by_role("listitem")
        expect(codes).to_have_count(10)
        found = codes.all_inner_texts()
        page.get_by_label("I have saved them").check()
        page.get_by_role("button", name="Done").click()
        expect(page.get_by_text("On", exact=True)).to_be_visible()
        return seed, found

    def test_app_recovery_code_and_a_remembered_device(self, visitor, page):
        seed, codes = self.set_up(visitor, page, "twostep")
        sign_out(page)
        visitor.sign_in("twostep")
        visitor.heading("Code from your app")
        page.get_by_role("button", name="Use a recovery code").click()
        visitor.heading("Recovery code")
        page.get_by_label("Recovery code").fill(codes[0])
        page.get_by_label("Remember this device for 30 days").check()
        page.get_by_role("button", name="Confirm").click()
        visitor.heading("Hello, twostep")
        page.goto("/account/security")
        expect(page.get_by_text("9 codes left")).to_be_visible()
        expect(page.get_by_role("heading", name="Remembered devices")).to_be_visible()
        sign_out(page)
        visitor.sign_in("twostep")
        visitor.heading("Hello, twostep")
        page.goto("/account/security")
        page.get_by_role("button", name=re.compile("^Forget")).click()
        expect(page.get_by_role("heading", name="Remembered devices")).to_be_hidden()
        # The device is remembered no longer, and the proof of this session was the password alone: both are asked for.
        page.get_by_role("button", name="Make new ones").click()
        dialog = page.get_by_role("dialog", name="Is it still you?")
        dialog.get_by_label("Password", exact=True).fill(PASSWORD)
        dialog.get_by_role("button", name="Confirm").click()
        dialog.get_by_label("6-digit code").fill(code_now(seed, 1))  # sent by itself
        expect(page.get_by_role("dialog", name="Recovery codes")).to_be_visible()

    def test_a_wrong_code_says_so_and_is_corrected_in_place(self, visitor, page):
        seed, _ = self.set_up(visitor, page, "mistyper")
        sign_out(page)
        visitor.sign_in("mistyper")
        page.get_by_label("6-digit code").fill("000000")
        expect(page.get_by_role("alert")).to_have_text("This code is not right, or it was used already.")
        page.get_by_label("6-digit code").fill(code_now(seed, 1))
        page.get_by_role("button", name="Confirm").click()
        visitor.heading("Hello, mistyper")

    def test_lost_everything(self, visitor, page, mailbox):
        self.set_up(visitor, page, "loser")
        sign_out(page)
        visitor.sign_in("loser")
        page.get_by_role("button", name="I have lost all of this").click()
        visitor.heading("Lost your second step?")
        page.get_by_role("button", name="Start the wait").click()
        expect(page.get_by_text("We have sent you an email.")).to_be_visible()
        page.goto(mailbox("loser@", "second factor is lost")[0]["links"][0])
        visitor.heading("Keep your second factor?")
        page.get_by_role("button", name="Stop it").click()
        visitor.heading("Your second factor stays")


class TestGoingBack:
    def test_leads_from_the_password_to_the_name_and_a_reload_stays(self, visitor, page):
        page.goto("/auth/sign-in?next=/account/sessions")
        visitor.identify("Demo-lition")
        expect(page.get_by_label("Password", exact=True)).to_be_visible()
        page.reload()
        expect(page.get_by_label("Password", exact=True)).to_be_visible()
        page.go_back()
        expect(page.get_by_label("Username or email")).to_be_visible()
        page.go_forward()
        page.get_by_label("Password", exact=True).fill("password")
        page.get_by_role("button", name="Sign in", exact=True).click()
        visitor.heading("Devices")

    def test_the_way_of_the_last_time_has_a_badge_and_comes_first(self, visitor, page, mailbox):
        visitor.register("habitual")
        sign_out(page)
        visitor.identify("habitual@example.com")
        page.get_by_role("button", name="Get a code by email").click()
        page.get_by_role("button", name="Send the email").click()
        expect(page.get_by_label("6-digit code")).to_be_focused()
        page.get_by_label("6-digit code").fill(mailbox("habitual@", "Sign in")[0]["codes"][0])
        visitor.heading("Hello, habitual")
        sign_out(page)
        visitor.identify("habitual@example.com")
        expect(page.get_by_role("button", name="Send the email")).to_be_visible()
        page.get_by_role("button", name="Use your password").click()
        expect(page.get_by_role("button", name="Get a code by email Last used")).to_be_visible()


class TestByMail:
    def test_the_phone_confirms_and_the_laptop_goes_on(self, visitor, page, mailbox, chromium, site):
        visitor.register("postman")
        sign_out(page)
        visitor.identify("postman@example.com")
        page.get_by_role("button", name="Get a code by email").click()
        page.get_by_role("button", name="Send the email").click()
        expect(page.get_by_text("an email is on its way")).to_be_visible()
        phone = chromium.new_context(base_url=site.url).new_page()
        phone.goto(mailbox("postman@", "Sign in")[0]["links"][0])
        expect(phone.get_by_role("heading", name="Let this sign-in go on?")).to_be_visible()
        expect(phone).not_to_have_url(re.compile("token"))
        phone.get_by_role("button", name="Yes, that is me").click()
        expect(phone.get_by_role("heading", name="Confirmed")).to_be_visible()
        visitor.heading("Hello, postman")

    def test_or_the_code_is_typed_on_the_laptop(self, visitor, page, mailbox):
        visitor.register("typist")
        sign_out(page)
        visitor.identify("typist@example.com")
        page.get_by_role("button", name="Get a code by email").click()
        page.get_by_role("button", name="Send the email").click()
        expect(page.get_by_label("6-digit code")).to_be_focused()
        code = mailbox("typist@", "Sign in")[0]["codes"][0]
        page.get_by_label("6-digit code").fill("000000" if code != "000000" else "111111")
        refusal = page.get_by_role("alert")
        expect(refusal).to_have_text("This code is not right, or a newer one has replaced it.")
        with page.expect_response(lambda answer: answer.url.endswith("/steps")):  # the page asks about the link
            pass
        expect(refusal).to_be_visible()
        page.get_by_label("6-digit code").fill(f"{code[:3]} {code[3:]}")
        page.get_by_role("button", name="Confirm").click()
        visitor.heading("Hello, typist")


class TestSafety:
    def test_this_was_not_me(self, visitor, page, mailbox):
        visitor.register("hacked")
        page.goto("/account/activity")
        page.get_by_role("button", name="Something here was not me").click()
        page.get_by_role("button", name="Lock my account down").click()
        expect(page.get_by_text("Every device was signed out.")).to_be_visible()
        page.goto(mailbox("hacked@", "locked down")[0]["links"][0])
        visitor.heading("Choose a new password")

    def test_a_deleted_account_comes_back(self, visitor, page, mailbox):
        visitor.register("regretter")
        page.goto("/account/security")
        page.get_by_role("button", name="Delete account").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Current password").fill(PASSWORD)
        dialog.get_by_role("button", name="Yes, delete it").click()
        visitor.heading("Sign in")
        page.goto(mailbox("regretter@", "was deleted")[0]["links"][0])
        page.get_by_role("button", name="Bring it back").click()
        visitor.heading("Your account is back")
        page.get_by_role("link", name="Sign in").click()
        visitor.sign_in("regretter")
        visitor.heading("Hello, regretter")

    def test_ones_data_as_a_file(self, visitor, page):
        visitor.register("exporter")
        page.goto("/account/security")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download my data").click()
        assert download.value.suggested_filename == "account.json"
