"""The same person at another keyboard: passwords, usernames, addresses and codes in every spelling that means the same."""

import unicodedata

import pytest

from harness import PASSWORD, bearer, code_of
from vestibule.crypto import passwords as password_hashes

COMPOSED = "Zoë\u0308 trinkt süßen Kakao im Café"
SPELLINGS = {
    "composed": unicodedata.normalize("NFC", COMPOSED),
    "decomposed": unicodedata.normalize("NFD", COMPOSED),
    "no-break spaces": unicodedata.normalize("NFC", COMPOSED).replace(" ", "\u00a0"),
    "wide spaces": unicodedata.normalize("NFD", COMPOSED).replace(" ", "\u3000"),
}
DECOMPOSED, PLAIN = SPELLINGS["decomposed"], SPELLINGS["composed"]


def wide(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


def arabic(text: str) -> str:
    return "".join(chr(0x660 + int(sign)) if sign.isdecimal() else sign for sign in text)


CODES = {
    "spaces": lambda code: f" {code[:3]} {code[3:]} ",
    "dashes": "-".join,
    "a no-break space": lambda code: f"{code[:3]}\u00a0{code[3:]}",
    "wide": wide,
    "Arabic-Indic": arabic,
    "Arabic-Indic, with a mark of direction": lambda code: f"\u200f{arabic(code)}\u200e",
    "an East Asian dash": lambda code: f"{wide(code[:3])}\u30fc{wide(code[3:])}",
    "an em dash": lambda code: f"{code[:3]}—{code[3:]}",
}


@pytest.fixture(params=CODES)
def spelled(request):
    return CODES[request.param]


class TestPasswords:
    @pytest.mark.parametrize("typed", SPELLINGS.values(), ids=SPELLINGS)
    @pytest.mark.parametrize("chosen", SPELLINGS.values(), ids=SPELLINGS)
    async def test_chosen_on_one_keyboard_opens_from_another(self, vestibule, chosen, typed):
        assert (await vestibule.register(password=chosen)).status_code == 201
        assert (await vestibule.log_in(password=typed)).status_code == 200

    @pytest.mark.parametrize("other", [PLAIN.upper(), wide(PLAIN), f" {PLAIN}", f"{PLAIN} ", PLAIN.replace("ß", "ss")])
    async def test_another_password_stays_another(self, vestibule, other):
        await vestibule.register(password=PLAIN)
        assert (await vestibule.log_in(password=other)).status_code == 401

    async def test_after_a_change_and_after_a_reset_too(self, vestibule):
        tokens = await vestibule.signed_in()
        change = {"currentPassword": PASSWORD, "newPassword": DECOMPOSED}
        changed = await vestibule.post("/api/auth/change-password", change, **bearer(tokens))
        assert changed.status_code == 200, changed.text
        assert (await vestibule.log_in(password=PLAIN)).status_code == 200
        token = await vestibule.reset_token()
        done = await vestibule.post("/api/auth/reset-password", {"token": token, "password": f"{DECOMPOSED}!"})
        assert done.status_code == 200, done.text
        assert (await vestibule.log_in(password=f"{PLAIN}!")).status_code == 200

    async def test_confirms_a_change_as_the_current_one(self, vestibule):
        await vestibule.register(password=PLAIN)
        tokens = (await vestibule.log_in(password=PLAIN)).json()
        change = {"currentPassword": DECOMPOSED, "newPassword": "another quiet harbour"}
        assert (await vestibule.post("/api/auth/change-password", change, **bearer(tokens))).status_code == 200


class TestHashesOfBefore:
    @pytest.fixture
    async def old(self, vestibule):
        """Alice's password was hashed as her keyboard typed it."""
        await vestibule.register()
        stored = await vestibule.app.state.system.hashes.hash(DECOMPOSED)
        await vestibule.run("UPDATE users SET password_hash = $1", stored)
        return stored

    async def hash_now(self, vestibule) -> str:
        return (await vestibule.rows("SELECT password_hash FROM users"))[0]["password_hash"]

    async def test_open_as_typed_and_are_replaced_for_every_keyboard(self, vestibule, old):
        assert (await vestibule.log_in(password=DECOMPOSED)).status_code == 200
        fresh = await self.hash_now(vestibule)
        assert fresh != old
        for typed in SPELLINGS.values():
            assert (await vestibule.log_in(password=typed)).status_code == 200
        assert await self.hash_now(vestibule) == fresh

    async def test_of_plain_passwords_stay_as_they_are(self, vestibule):
        await vestibule.register()
        before = await self.hash_now(vestibule)
        assert (await vestibule.log_in()).status_code == 200
        assert await self.hash_now(vestibule) == before

    async def test_a_wrong_password_replaces_nothing(self, vestibule, old):
        assert (await vestibule.log_in(password=f"{DECOMPOSED}x")).status_code == 401
        assert await self.hash_now(vestibule) == old


class TestAWrongPasswordCostsTheSame:
    """The number of hashes depends on what was typed, and on nothing else (ASVS 6.3.8)."""

    @pytest.mark.parametrize(
        ("typed", "hashes"), [("plain and wrong", 1), (PLAIN, 1), (DECOMPOSED, 2), ("wrong\u00a0spaces", 2)]
    )
    async def test_for_everybody(self, vestibule, monkeypatch, typed, hashes):
        await vestibule.register()
        await vestibule.register("nopassword")
        await vestibule.run("UPDATE users SET password_hash = NULL WHERE username = 'nopassword'")
        checked = []
        real = password_hashes.PasswordHashes._verify
        monkeypatch.setattr(
            password_hashes.PasswordHashes, "_verify", lambda self, *given: checked.append(1) or real(self, *given)
        )
        counts = {}
        for name in ("alice", "nopassword", "unknown"):
            checked.clear()
            assert (await vestibule.log_in(f"{name}@example.com", password=typed)).status_code == 401
            counts[name] = len(checked)
        assert set(counts.values()) == {hashes}, counts


class TestRulesForNewPasswords:
    @pytest.mark.parametrize(
        ("password", "code"),
        [
            ("e\u0301" * 7, "password_too_short"), (unicodedata.normalize("NFD", "비밀번호"), "password_too_short"),
            ("ｐａｓｓｗｏｒｄ１２３", "password_common"), ("ＰＡＳＳＷＯＲＤ１", "password_common"),
            ("the zoe\u0308yamour of ours", "password_has_context"), ("the ZOËYAMOUR of ours", "password_has_context"),
            ("the ｖｅｓｔｉｂｕｌｅ of ours", "password_has_context"), ("\U0001f600" * 300, "password_too_long"),
        ],
    )  # fmt: skip
    async def test_look_at_what_is_meant(self, vestibule, password, code):
        answer = await vestibule.register("zoëyamour", "z@example.com", password)
        assert (answer.status_code, answer.json()["errorCodes"]) == (422, {"password": code})

    @pytest.mark.parametrize("password", ["é" * 8, "e\u0301" * 8, unicodedata.normalize("NFD", "é" * 512)])
    async def test_count_characters_after_normalization(self, vestibule, password):
        assert (await vestibule.register(password=password)).status_code == 201


class TestNames:
    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    async def test_a_username_is_as_long_as_it_looks(self, vestibule, form):
        name = unicodedata.normalize(form, "비밀스러운사용자이름입니다참길다")
        assert (await vestibule.register(name, "a@example.com")).status_code == 201
        browser = vestibule.browser()
        for typed in ("NFC", "NFD"):
            assert (await browser.sign_in(unicodedata.normalize(typed, name))).status_code == 200
        stored = (await vestibule.rows("SELECT username FROM users"))[0]["username"]
        assert stored == unicodedata.normalize("NFC", name)

    @pytest.mark.parametrize(
        "typed",
        ["alice＠example.com", "ａｌｉｃｅ@ｅｘａｍｐｌｅ.ｃｏｍ", "alice@example。com", " alice@example.com ", "ALICE＠EXAMPLE.COM", "ａｌｉｃｅ"],
    )  # fmt: skip
    async def test_signing_in_finds_the_account_that_is_meant(self, vestibule, typed):
        await vestibule.register()
        assert (await vestibule.browser().sign_in(typed)).status_code == 200

    async def test_a_wide_sign_in_an_address_is_an_ordinary_one(self, vestibule):
        await vestibule.register("alice", "alice＠example.com")
        assert (await vestibule.rows("SELECT email FROM users"))[0]["email"] == "alice@example.com"
        refused = await vestibule.register("al＠ce", "b@example.com")
        assert refused.json()["errorCodes"] == {"username": "username_is_email"}


class TestCodes:
    async def test_of_an_authenticator_app(self, vestibule, spelled):
        browser = vestibule.browser()
        await browser.register()
        await vestibule.verify()
        begun = (await browser.post("/api/account/totp")).json()
        first = spelled(code_of(begun["secret"], vestibule.clock))
        done = await browser.post(f"/api/account/totp/{begun['ceremony']}", {"code": first})
        assert done.status_code == 201, done.text
        vestibule.clock.advance(30_000_000)
        other, half = await vestibule.half_signed_in()
        answer = await other.step(half, "totp", code=spelled(code_of(begun["secret"], vestibule.clock)))
        assert answer.json()["status"] == "signed_in", answer.text

    async def test_mailed_to_sign_in(self, vestibule, spelled):
        await vestibule.register()
        await vestibule.verify()
        browser = vestibule.browser()
        begun = await browser.begin()
        await browser.step(begun, "email_code")
        code = (await vestibule.mails("alice", "Sign in"))[0]["codes"][0]
        answer = await browser.step(begun, "email_code", code=spelled(code))
        assert answer.json()["status"] == "signed_in", answer.text

    async def test_mailed_to_prove_an_address(self, vestibule, spelled):
        await vestibule.register()
        code = (await vestibule.mails("alice"))[0]["codes"][0]
        body = {"email": "alice@example.com", "code": spelled(code)}
        answer = await vestibule.post("/api/auth/verify-email", body)
        assert answer.status_code == 200, answer.text

    @pytest.mark.parametrize("case", [str.lower, str.upper])
    async def test_of_recovery(self, vestibule, spelled, case):
        _, _, codes = await vestibule.with_app()
        browser, half = await vestibule.half_signed_in()
        answer = await browser.step(half, "recovery_code", code=spelled(case(codes[0])))
        assert answer.json()["status"] == "signed_in", answer.text

    @pytest.mark.parametrize("typed", ["12345", "1234567", "12345x", "١٢٣٤٥", "½23456", "------", "\u200b"])
    async def test_that_are_no_six_digits_are_named(self, vestibule, typed):
        await vestibule.with_app()
        browser, half = await vestibule.half_signed_in()
        answer = await browser.step(half, "totp", code=typed)
        assert (answer.status_code, answer.json()["errorCodes"]) == (422, {"code": "code_shape"})
