"""Auth-Flow's pages as a person uses them."""

import json

from front_ends import FrontEnd
from playwright.sync_api import Page, expect
from serving import PASSWORD, fresh

WRONG = "The username, email address or password is not right."


class Person:
    """A person with an address that no account has, in a browser."""

    def __init__(self, page: Page, front: FrontEnd) -> None:
        self.page = page
        self.front = front
        self.email = f"{fresh()}@example.com"
        self.alert = page.get_by_role("alert")

    def fill(self, path: str, button: str, **fields: str) -> None:
        self.page.goto(self.front.url + path)
        for name, value in fields.items():
            self.page.locator(f"[name={name}]").fill(value)
        self.page.get_by_role("button", name=button).click()

    def register(self, username: str = "Sriya T", password: str = PASSWORD, email: str = "") -> None:
        self.fill("/auth/register", "Register", username=username, email=email or self.email, password=password)

    def log_in(self, password: str = PASSWORD) -> None:
        self.fill("/auth/login", "Login", email=self.email, password=password)

    def ask_for_link(self) -> None:
        self.fill("/auth/forgot-password", "Forgot password", userEmail=self.email)
        expect(self.page.get_by_role("status")).to_have_text("Check your inbox for the link.")

    def choose_password(self, link: str, password: str) -> None:
        self.fill(link.removeprefix(self.front.url), "Reset password", password=password)

    def join(self) -> None:
        """Have an account, and be signed in."""
        self.register()
        self.arrives("/auth/login")
        self.log_in()
        self.is_signed_in()

    def arrives(self, path: str) -> None:
        expect(self.page).to_have_url(self.front.url + path)

    def is_signed_in(self, username: str = "Sriya T") -> None:
        self.arrives("/auth/dashboard")
        expect(self.page.get_by_text(f"Welcome, {username}")).to_be_visible()

    def sees_profile(self, username: str = "Sriya T") -> None:
        self.page.get_by_role("button", name="Profile").click()
        self.arrives("/profile")
        expect(self.page.locator("dd")).to_have_text([username, self.email])

    def stored(self) -> dict:
        """What the page keeps in localStorage["auth"]."""
        return json.loads(self.page.evaluate("localStorage.getItem('auth')"))
