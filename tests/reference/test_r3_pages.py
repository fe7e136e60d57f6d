"""Auth Service's own pages with the profile `auth-service`: static files and the API behind one host; and its API by script."""

import re

import httpx
import pytest
from front_ends import WEB_SERVER, front_end
from playwright.sync_api import expect
from serving import COMMON, OTHER_PASSWORD, PASSWORD, development, fresh, links_to

from servers import free_port

pytestmark = [pytest.mark.servers, pytest.mark.browser]


@pytest.fixture(scope="module")
def site(database, tmp_path_factory):
    port = free_port()
    with front_end("r3", WEB_SERVER, port) as front, development(
        tmp_path_factory.mktemp("site"), database, port, PUBLIC_URL=front.url, COMPATIBILITY="auth-service"
    ) as vestibule:  # fmt: skip
        vestibule.front = front
        yield vestibule


class Person:
    """A person with an address that no account has, in a browser."""

    def __init__(self, page, front) -> None:
        self.page = page
        self.front = front
        self.name = "Ahmed M."
        self.email = f"{fresh('ahmed')}@example.com"
        self.alert = page.get_by_role("alert")

    def sign_up(self, email="", password=PASSWORD, name=None):
        self.page.goto(f"{self.front.url}/signup/")
        given = {"name": self.name if name is None else name, "email": email or self.email, "password": password}
        for field, value in given.items():
            self.page.locator(f"[name={field}]").fill(value)
        self.page.get_by_role("button", name="Sign up").click()

    def arrives_at_the_code(self):
        expect(self.page).to_have_url(re.compile(re.escape(self.front.url) + "/verify-email/?$"))
        expect(self.page.locator("#name")).to_have_text(self.name)
        expect(self.page.locator("#email")).to_have_text(self.email)


@pytest.fixture
def person(page, site):
    return Person(page, site.front)


class TestSignUp:
    def test_leads_to_the_page_for_the_code_which_knows_name_and_address(self, person, page):
        person.sign_up()
        person.arrives_at_the_code()
        page.reload()
        person.arrives_at_the_code()
        assert page.evaluate("JSON.parse(sessionStorage.user)") == {"name": person.name, "email": person.email}

    def test_shows_that_the_address_is_taken(self, person):
        person.sign_up()
        person.arrives_at_the_code()
        person.sign_up()
        expect(person.alert).to_contain_text("already exists")

    def test_shows_what_is_wrong_with_a_common_password(self, person):
        person.sign_up(password=COMMON)
        expect(person.alert).to_contain_text("one of the first that attackers try")

    @pytest.mark.parametrize("changed", [{"email": "no address"}, {"password": "short"}, {"name": ""}])
    def test_shows_what_is_wrong_with_a_field(self, person, changed):
        person.sign_up(**changed)
        expect(person.alert).not_to_be_empty()
        expect(person.alert).not_to_have_text(re.compile("Signup failed|Something went wrong|Some fields need"))

    def test_is_wanted_before_the_page_for_the_code(self, person, page):
        page.goto(f"{person.front.url}/verify-email/")
        expect(page).to_have_url(re.compile("/signup/?$"))


class TestTheCode:
    def test_of_four_digits_is_refused_as_the_system_itself_does(self, person, page):
        person.sign_up()
        person.arrives_at_the_code()
        for number in range(1, 5):
            page.get_by_label(str(number), exact=True).fill("1")
        with page.expect_response("**/api/v1/verify/email") as refused:
            page.get_by_role("button", name="Verify").click()
        answer = refused.value
        assert (answer.status, answer.json()["statusCode"], answer.json()["success"]) == (400, 400, False)
        person.arrives_at_the_code()


class Client:
    """A program that speaks the API of Auth Service."""

    def __init__(self, site) -> None:
        self.api = f"{site.front.url}/api/v1"
        self.email = f"{fresh('ahmed')}@example.com"
        self.headers = {}

    def send(self, method, path, status, **body):
        """The envelope's `data`, after looking at the envelope."""
        sent = {"json": body} if method != "GET" else {"params": body}
        answer = httpx.request(method, self.api + path, headers=self.headers, **sent)
        envelope = answer.json()
        assert answer.status_code == status, answer.text
        assert (envelope["statusCode"], envelope["success"]) == (status, status < 400)
        assert isinstance(envelope["message"], str)
        assert (envelope["data"] is None) >= (status >= 400)
        return envelope["data"] if status < 400 else envelope

    def join(self):
        self.send("POST", "/auth/signup", 201, name="Ahmed M.", email=self.email, password=PASSWORD)
        return self

    def log_in(self, password=PASSWORD):
        found = self.send("POST", "/auth/login", 200, email=self.email, password=password)
        assert "set-cookie" not in found
        self.user, self.ids = found["user"], {name: found[name] for name in ("sessionId", "deviceId")}
        return self.take(found)

    def take(self, tokens):
        self.refresh = tokens["refreshToken"]
        self.headers = {"Authorization": f"Bearer {tokens['accessToken']}"}
        return self

    def renew(self, status=200, **changed):
        ids = self.ids | {"userId": self.user["id"], "refreshToken": self.refresh} | changed
        return self.send("POST", "/user-session/get-access-token", status, **ids)

    def sessions(self, status=200, user=None):
        return self.send("GET", "/user-session/all", status, userId=(user or self.user)["id"])


@pytest.fixture
def client(site):
    return Client(site).join().log_in()


class TestByScript:
    def test_the_access_token_is_renewed_with_the_rotated_token(self, client):
        for _ in range(2):
            old, renewed = client.refresh, client.renew()
            assert len(renewed["accessToken"].split(".")) == 3
            assert renewed["refreshToken"] != old
            client.take(renewed)
            assert [session["id"] for session in client.sessions()] == [client.ids["sessionId"]]

    @pytest.mark.parametrize("name", ["userId", "sessionId", "deviceId"])
    def test_it_is_not_for_other_ids(self, client, site, name):
        other = Client(site).join().log_in()
        foreign = {**other.ids, "userId": other.user["id"]}[name]
        refused = client.renew(400, **{name: foreign})
        assert "vst_ref_" not in str(refused)

    def test_one_sees_the_own_sessions_and_no_others(self, client, site):
        other = Client(site).join().log_in()
        (session,) = client.sessions()
        assert session["id"] == client.ids["sessionId"]
        assert session["user_id"] == client.user["id"]
        assert session["device_id"] == client.ids["deviceId"]
        assert re.fullmatch("[0-9a-f]{20}", session["device_id"])
        assert set(session["device_type"]) == {"browser", "os", "device", "vendor", "model"}
        assert "refresh_token" not in session
        client.sessions(404, user=other.user)
        client.sessions(404, user={"id": "user_00000000000000000000000000"})

    def test_one_ends_the_own_session_and_no_other(self, client, site):
        other = Client(site).join().log_in()
        client.send("DELETE", "/user-session/log-out", 400, **other.ids)
        assert other.sessions()
        client.send("DELETE", "/user-session/log-out", 200, **client.ids)
        client.sessions(401)
        client.renew(400)
        assert other.sessions()

    def test_all_sessions_end_together(self, client, site):
        second = Client(site)
        second.email = client.email
        second.log_in()
        assert len(client.sessions()) == 2
        client.send("POST", "/user-session/log-out/all-sessions", 200)
        for ended in (client, second):
            ended.sessions(401)
            ended.renew(400)

    def test_the_mailed_link_opens_their_page_and_its_token_resets(self, client, site, page):
        client.send("POST", "/password/forgot", 200, email=client.email)
        (link, *_) = links_to(site, client.email, "Reset your password")
        front = site.front
        assert link.startswith(f"{front.url}/reset-password?t=vst_rst_")
        page.goto(link)
        expect(page.get_by_role("heading", name="reset password")).to_be_visible()
        token = link.partition("?t=")[2]
        given = {"email": client.email, "token": token, "password": OTHER_PASSWORD, "confirmPassword": OTHER_PASSWORD}
        for wrong in ({"confirmPassword": PASSWORD}, {"email": "other@example.com"}, {"token": "vst_rst_made_up"}):
            client.send("POST", "/password/reset", 400, **given | wrong)
        weak = client.send("POST", "/password/reset", 400, **given | {"password": COMMON, "confirmPassword": COMMON})
        assert "one of the first that attackers try" in str(weak["errors"])
        assert client.send("POST", "/password/reset", 200, **given) is None
        client.sessions(401)
        client.send("POST", "/auth/login", 400, email=client.email, password=PASSWORD)
        client.log_in(OTHER_PASSWORD)
        client.send("POST", "/password/reset", 400, **given)
