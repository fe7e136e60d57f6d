"""W3C WebAuthn Level 3, 7.1 and 7.2: a ceremony in a frame of another site's page is refused, wherever passkeys are used."""

import pytest

from authenticator import Authenticator
from harness import options_of

MINUTE = 60_000_000
OURS, EVIL = "http://localhost:8000", "https://evil.example"
REFUSED = {
    "in a frame": {"crossOrigin": True},
    "in a frame of a named page": {"crossOrigin": True, "topOrigin": EVIL},
    "in a frame within a frame of ours": {"crossOrigin": True, "topOrigin": OURS},
    "a foreign page and no frame": {"crossOrigin": False, "topOrigin": EVIL},
    "a foreign page and nothing about a frame": {"crossOrigin": None, "topOrigin": EVIL},
    "our page and no frame": {"crossOrigin": False, "topOrigin": OURS},
    "an empty page": {"topOrigin": ""},
    "a text": {"crossOrigin": "false"},
    "a number": {"crossOrigin": 0},
    "a list": {"crossOrigin": []},
    "another type": {"type": "webauthn.getx"},
    "a type in capitals": {"type": "WEBAUTHN.GET"},
    "an origin with a path": {"origin": OURS + "/"},
    "an origin in a list": {"origin": [OURS]},
    "an origin that starts alike": {"origin": OURS + ".evil.example"},
    "no origin": {"origin": None},
}
ACCEPTED = {"as Level 2 says it": {}, "absent": {"crossOrigin": None}, "another member": {"extra": "ignored"}}


async def added(browser, phone):
    return (await browser.add_passkey(phone)).status_code == 201


async def signed_in(browser, phone):
    answer = await browser.begin("")
    credential = phone.get(options_of(answer, "passkey")["publicKey"])
    return (await browser.step(answer, "passkey", credential=credential)).status_code == 200


async def stepped_up(vestibule, browser, phone):
    vestibule.clock.advance(11 * MINUTE)
    attempt = (await browser.post("/api/account/passkeys/options")).json()["attempt"]
    credential = phone.get(options_of(attempt, "passkey")["publicKey"])
    return (await browser.step({"attempt": attempt}, "passkey", credential=credential)).status_code == 200


async def registered(browser, phone):
    person = {"username": "bobby", "email": "bobby@example.com"}
    begun = (await browser.post("/api/registration", person)).json()
    made = phone.create(begun["publicKey"])
    return (await browser.post(f"/api/registration/{begun['attempt']['id']}", {"credential": made})).is_success


class TestWherePasskeysAreUsed:
    @pytest.fixture
    async def alice(self, vestibule):
        browser, phone = vestibule.browser(), Authenticator()
        await browser.register()
        assert await added(browser, phone)
        return browser, phone

    @pytest.mark.parametrize("how", [*REFUSED, *ACCEPTED])
    async def test_every_ceremony_looks_at_the_page_around_it(self, vestibule, alice, how):
        browser, phone = alice
        honest = how in ACCEPTED
        lies = (ACCEPTED | REFUSED)[how]
        second = Authenticator(client_data=lies)
        assert await added(browser, second) is honest
        assert await registered(vestibule.browser(), Authenticator(client_data=lies)) is honest
        phone.client_data = lies
        assert await signed_in(vestibule.browser(), phone) is honest
        assert await stepped_up(vestibule, browser, phone) is honest
