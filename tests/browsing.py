"""A person at the pages, in a Chromium of the tests."""

from playwright.sync_api import Page, expect

from harness import PASSWORD

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class Visitor:
    """What people do on the pages, in their words."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def register(self, username: str, password: str = PASSWORD) -> None:
        self.page.goto("/auth/register")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Email").fill(f"{username}@example.com")
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Create account").click()
        expect(self.page.get_by_role("heading", name="Confirm your email")).to_be_visible()

    def sign_in(self, credential: str, password: str = PASSWORD) -> None:
        self.identify(credential)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def identify(self, credential: str) -> None:
        self.page.get_by_label("Username or email").fill(credential)
        self.page.get_by_role("button", name="Continue", exact=True).click()

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=text)).to_be_visible()
