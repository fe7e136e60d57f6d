"""The Express guide's pages, of either edition, as a person uses them."""

from front_ends import FrontEnd
from playwright.sync_api import Page, expect
from serving import PASSWORD, fresh


class Person:
    """A person with a user name that no account has, in a browser."""

    def __init__(self, page: Page, front: FrontEnd) -> None:
        self.page = page
        self.front = front
        self.username = fresh()
        self.email = f"{self.username}@example.com"
        self.profile = page.get_by_role("list", name="Profile").get_by_role("listitem")
        self.errors = page.get_by_role("list", name="Errors").get_by_role("listitem")

    def open(self, path: str = "/") -> None:
        self.page.goto(self.front.url + path)
        self.is_signed_out()

    def error(self, field: str):
        """What the edition with an object shows about a field, or as `message`."""
        return self.page.locator(f"#error-{field}")

    def fill(self, modal: str, **fields: str) -> None:
        self.page.get_by_role("button", name=modal).first.click()
        form = self.page.get_by_role("form", name=modal)
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.get_by_role("button", name=modal).click()

    def again(self) -> None:
        """Press the form's button once more."""
        self.page.locator("form button:not([type])").click()

    def sign_up(self, **changed: str) -> None:
        given = {"email": self.email, "username": self.username, "firstName": "Sriya", "lastName": "Talwar"}
        given |= {"password": PASSWORD} | changed
        self.fill("Sign Up", **given, confirmPassword=given["password"])

    def log_in(self, credential: str = "", password: str = PASSWORD) -> None:
        self.fill("Log In", credential=credential or self.email, password=password)

    def log_out(self) -> None:
        self.page.get_by_role("button", name="Log Out").click()
        self.is_signed_out()

    def is_signed_in(self, first: str = "Sriya", last: str = "Talwar") -> None:
        expect(self.profile).to_have_text([f"Hello, {first}", self.username, f"{first} {last}", self.email])

    def is_signed_out(self) -> None:
        expect(self.page.get_by_role("button", name="Log In").first).to_be_visible()
        expect(self.profile).to_have_count(0)

    def join(self) -> None:
        """Have an account, and be signed in."""
        self.open()
        self.sign_up()
        self.is_signed_in()
