"""People at the pages, start to end."""

import re

import pytest
from playwright.sync_api import expect

from harness import PASSWORD

pytestmark = pytest.mark.browser


class TestRegistration:
    def test_leads_through_the_code_to_the_profile(self, visitor, page, mailbox):
        visitor.register("robin")
        code = mailbox("robin@", "Confirm")[0]["codes"][0]
        page.get_by_label("6-digit code").fill(f"{code[:3]} {code[3:]}")  # sent by itself, spaces and all
        visitor.heading("Your email address is confirmed.")
        page.get_by_role("link", name="Continue").click()
        visitor.heading("Hello, robin")
        expect(page.get_by_text("Confirmed", exact=True)).to_be_visible()

    def test_goes_on_by_itself_when_the_link_is_opened_on_another_device(self, visitor, page, mailbox, chromium, site):
        visitor.register("wren")
        phone = chromium.new_context(base_url=site.url).new_page()
        phone.goto(mailbox("wren@", "Confirm")[0]["links"][0])
        button = phone.get_by_role("button", name="Confirm this address")
        expect(button).to_be_visible()
        expect(phone).not_to_have_url(re.compile("token"))
        button.click()
        expect(phone.get_by_role("heading", name="Your email address is confirmed.")).to_be_visible()
        visitor.heading("Your email address is confirmed.")

    def test_of_somebody_else_is_taken_over_by_whoever_reads_the_mail(self, visitor, page, mailbox, chromium, site):
        visitor.register("magpie")
        owner = chromium.new_context(base_url=site.url).new_page()
        owner.goto(mailbox("magpie@", "Confirm")[0]["links"][0])
        owner.get_by_role("button", name="I did not create this account").click()
        expect(owner.get_by_role("heading", name="This account is yours now")).to_be_visible()
        owner.get_by_role("link", name="Choose a password").click()
        expect(owner.get_by_role("heading", name="Forgot your password?")).to_be_visible()
        page.goto("/account")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    def test_errors_stand_at_their_fields_and_the_first_has_the_focus(self, visitor, page):
        page.goto("/auth/register")
        page.get_by_label("Username").fill("finch")
        page.get_by_label("Email").fill("finch@example.com")
        page.get_by_label("Password", exact=True).fill("password123")
        page.get_by_role("button", name="Create account").click()
        password = page.get_by_label("Password", exact=True)
        expect(password).to_have_attribute("aria-invalid", "true")
        expect(password).to_be_focused()
        expect(password).to_have_accessible_description(re.compile("first that attackers try"))

    def test_a_new_code_can_be_asked_for_after_a_countdown(self, visitor, page):
        page.clock.install()
        visitor.register("curlew")
        expect(page.get_by_role("button", name="New code in")).to_be_disabled()
        page.clock.run_for(61_000)
        page.get_by_role("button", name="Send a new code").click()
        expect(page.get_by_text("a new code is on its way")).to_be_visible()
        expect(page.get_by_role("button", name="New code in")).to_be_disabled()

    def test_a_wrong_code_is_told_and_not_sent_twice_by_itself(self, visitor, page, mailbox):
        visitor.register("heron")
        code = mailbox("heron@", "Confirm")[0]["codes"][0]
        wrong = "000000" if code != "000000" else "111111"
        field = page.get_by_label("6-digit code")
        field.fill(wrong)
        expect(page.get_by_role("alert")).to_contain_text("This code is not right")
        field.fill(code)
        expect(page.get_by_role("heading", name="Confirm your email")).to_be_visible()
        page.get_by_role("button", name="Confirm", exact=True).click()
        visitor.heading("Your email address is confirmed.")


class TestSignIn:
    def test_by_email_keeps_the_deep_link(self, visitor, page):
        visitor.register("martin")
        page.goto("/account")
        page.get_by_role("button", name="Sign out").click()
        page.goto("/account/sessions")
        visitor.heading("Sign in")
        visitor.sign_in("martin@example.com")
        visitor.heading("Devices")
        expect(page).to_have_url(re.compile("/account/sessions$"))

    @pytest.mark.parametrize(
        "target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)"]
    )
    def test_never_leaves_for_another_origin(self, visitor, page, site, target):
        page.goto(f"/auth/sign-in?next={target}")
        visitor.sign_in("Demo-lition", "password")
        visitor.heading("Hello, Demo-lition")
        expect(page).to_have_url(re.compile(f"^{re.escape(site.url)}/"))

    def test_tells_a_refusal_without_saying_which_half_was_wrong(self, visitor, page):
        page.goto("/auth/sign-in")
        visitor.sign_in("nobody", "not the password")
        expect(page.get_by_role("alert")).to_have_text("The username, email address or password is not right.")

    def test_shows_the_password_on_demand_and_hides_it_on_submit(self, page, visitor):
        page.goto("/auth/sign-in")
        visitor.identify("nobody")
        password = page.get_by_label("Password", exact=True)
        password.fill("secret words")
        toggle = page.get_by_role("button", name="Show password")
        toggle.click()
        expect(password).to_have_attribute("type", "text")
        expect(page.get_by_role("button", name="Hide password")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(password).to_have_attribute("type", "password")

    def test_says_when_caps_lock_is_on(self, page, visitor):
        page.goto("/auth/sign-in")
        visitor.identify("nobody")
        password = page.get_by_label("Password", exact=True)
        press = "(field, on) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'A', modifierCapsLock: on, bubbles: true}))"
        password.evaluate(press, True)
        expect(page.get_by_text("Caps Lock is on.")).to_be_visible()
        password.evaluate(press, False)
        expect(page.get_by_text("Caps Lock is on.")).to_be_hidden()

    def test_the_typed_email_goes_along_to_the_forgotten_password(self, page, visitor):
        page.goto("/auth/sign-in")
        visitor.identify("typed@example.com")
        page.get_by_role("link", name="Forgot password?").click()
        expect(page.get_by_label("Email")).to_have_value("typed@example.com")

    def test_fields_carry_what_password_managers_look_for(self, page, visitor):
        page.goto("/auth/sign-in")
        expect(page.get_by_label("Username or email")).to_have_attribute("autocomplete", "username webauthn")
        visitor.identify("nobody")
        expect(page.locator("input[autocomplete=username]")).to_have_value("nobody")
        expect(page.get_by_label("Password", exact=True)).to_have_attribute("autocomplete", "current-password")
        page.goto("/auth/register")
        expect(page.get_by_label("Password", exact=True)).to_have_attribute("autocomplete", "new-password")
        expect(page.get_by_label("Email")).to_have_attribute("autocomplete", "email")

    def test_the_keyboard_is_enough(self, page, visitor):
        page.goto("/auth/sign-in")
        page.get_by_label("Username or email").focus()
        page.keyboard.type("Demo-lition")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Password", exact=True)).to_be_focused()
        page.keyboard.type("password")
        page.keyboard.press("Enter")
        visitor.heading("Hello, Demo-lition")

    def test_somebody_signed_in_is_told_who_and_may_switch(self, page, visitor):
        page.goto("/auth/sign-in")
        visitor.sign_in("Demo-lition", "password")
        visitor.heading("Hello, Demo-lition")
        page.goto("/auth/sign-in")
        expect(page.get_by_text("You are signed in as Demo-lition.")).to_be_visible()
        page.get_by_role("button", name="Use another account").click()
        expect(page.get_by_label("Username or email")).to_be_visible()


class TestRecovery:
    def test_from_the_forgotten_password_to_a_new_one(self, visitor, page, mailbox):
        visitor.register("swift")
        page.goto("/auth/forgot-password")
        page.get_by_label("Email").fill("swift@example.com")
        page.get_by_role("button", name="Send the link").click()
        visitor.heading("Check your email")
        page.goto(mailbox("swift@", "Reset")[0]["links"][0])
        visitor.heading("Choose a new password")
        expect(page).not_to_have_url(re.compile("token"))
        page.get_by_label("New password").fill("quiet green lantern")
        page.get_by_role("button", name="Save new password").click()
        visitor.heading("Your password was changed")
        page.get_by_role("link", name="Sign in").click()
        visitor.sign_in("swift", "quiet green lantern")
        visitor.heading("Hello, swift")

    def test_the_path_form_of_the_link_opens_directly(self, visitor, page, mailbox):
        visitor.register("dunnock")
        page.request.post("/api/auth/forgot-password", data={"email": "dunnock@example.com"}, headers=_json(page))
        token = mailbox("dunnock@", "Reset")[0]["links"][0].partition("#token=")[2]
        answer = page.goto(f"/auth/reset-password/{token}")
        assert answer.status == 200
        visitor.heading("Choose a new password")
        expect(page).not_to_have_url(re.compile(re.escape(token)))

    def test_a_link_that_is_over_offers_a_new_one_in_place(self, visitor, page, mailbox):
        visitor.register("plover")
        page.goto("/auth/reset-password#token=vst_rst_made_up")
        page.get_by_label("New password").fill("quiet green lantern")
        page.get_by_role("button", name="Save new password").click()
        visitor.heading("This link does not work any more")
        page.get_by_label("Email").fill("plover@example.com")
        page.get_by_role("button", name="Send the link").click()
        visitor.heading("Check your email")
        assert mailbox("plover@", "Reset")


class TestAccount:
    def test_profile_password_and_deletion(self, visitor, page):
        visitor.register("linnet")
        page.goto("/account")
        page.get_by_label("Display name").fill("Linnet Lark")
        page.get_by_label("Time zone").select_option("Europe/Berlin")
        page.get_by_role("button", name="Save").click()
        visitor.heading("Hello, Linnet Lark")
        page.get_by_role("link", name="Security").click()
        page.get_by_label("Current password").first.fill(PASSWORD)
        page.get_by_label("New password").fill("quiet green lantern")
        page.get_by_role("button", name="Change password").click()
        expect(page.get_by_text("Your password was changed.")).to_be_visible()
        page.get_by_role("button", name="Delete account").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Current password").fill("wrong words here")
        dialog.get_by_role("button", name="Yes, delete it").click()
        expect(dialog.get_by_text("The current password is not right.")).to_be_visible()
        dialog.get_by_label("Current password").fill("quiet green lantern")
        dialog.get_by_role("button", name="Yes, delete it").click()
        visitor.heading("Sign in")
        visitor.sign_in("linnet", "quiet green lantern")
        expect(page.get_by_role("alert")).to_be_visible()

    def test_a_new_email_waits_for_its_code(self, visitor, page, mailbox):
        visitor.register("siskin")
        page.goto("/account")
        page.get_by_role("button", name="Change email").click()
        page.get_by_label("New email").fill("siskin@new.example.com")
        page.get_by_label("Current password").fill(PASSWORD)
        page.get_by_role("button", name="Send a code").click()
        visitor.heading("Confirm your email")
        page.get_by_label("6-digit code").fill(mailbox("siskin@new.", "Confirm")[0]["codes"][0])
        visitor.heading("Your email address is confirmed.")
        page.get_by_role("link", name="Continue").click()
        expect(page.get_by_text("siskin@new.example.com")).to_be_visible()

    def test_ending_another_device_signs_it_out_where_it_was(self, visitor, page, chromium, site):
        visitor.register("godwit")
        phone = chromium.new_context(base_url=site.url, user_agent="Phone/1.0").new_page()
        phone.goto("/auth/sign-in")
        type(visitor)(phone).sign_in("godwit")
        expect(phone.get_by_role("heading", name="Hello, godwit")).to_be_visible()
        page.goto("/account/sessions")
        expect(page.get_by_text("This device", exact=True)).to_have_count(1)
        page.get_by_role("button", name="End the session on Phone").click()
        expect(page.get_by_text("1 session was ended.")).to_be_visible()
        phone.get_by_role("link", name="Activity").click()
        expect(phone.get_by_text("You were signed out. Sign in again")).to_be_visible()
        type(visitor)(phone).sign_in("godwit")
        expect(phone.get_by_role("heading", name="Activity")).to_be_visible()

    def test_activity_tells_what_happened_in_plain_words(self, visitor, page):
        visitor.register("avocet")
        page.goto("/account/activity")
        expect(page.get_by_text("Account created")).to_be_visible()
        expect(page.get_by_text("Signed in")).to_be_visible()

    def test_signing_out_takes_the_other_tabs_along(self, visitor, page):
        visitor.register("dipper")
        page.goto("/account")
        other = page.context.new_page()
        other.goto("/account/security")
        expect(other.get_by_role("heading", name="Security")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text("You are signed out.")).to_be_visible()
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


class TestPreferences:
    def test_german_and_dark_are_kept(self, page):
        page.goto("/auth/sign-in")
        page.get_by_label("Language").select_option("de")
        expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
        page.get_by_label("Darstellung").select_option("dark")
        page.reload()
        expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.locator("html")).to_have_attribute("lang", "de")

    def test_the_browsers_language_is_the_first_choice(self, chromium, site):
        page = chromium.new_context(base_url=site.url, locale="de-AT").new_page()
        page.goto("/auth/sign-in")
        expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()


class TestMailbox:
    def test_shows_mails_with_their_links_and_codes(self, visitor, page):
        visitor.register("sanderling")
        page.goto("/dev/mailbox")
        page.get_by_role("button", name=re.compile("sanderling")).first.click()
        expect(page.get_by_role("button", name=re.compile(r"Code \d{6}"))).to_be_visible()
        frame = page.frame_locator("iframe")
        expect(frame.get_by_role("heading", name="Confirm your email address")).to_be_visible()
        page.get_by_role("link", name="Open the link").click()
        visitor.heading("Confirm your email")


class TestUnknownPages:
    def test_are_a_real_404_with_a_way_home(self, visitor, page):
        answer = page.goto("/no/such/page")
        assert answer.status == 404
        visitor.heading("There is nothing here")


def _json(page) -> dict[str, str]:
    """Headers for a call beside the page: the CSRF token of its session."""
    page.goto("/account")
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    return {"XSRF-Token": cookies["XSRF-TOKEN"], "Content-Type": "application/json"}
