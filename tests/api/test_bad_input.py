"""Everything that can be wrong with a request gets a 4xx problem document that names it, and changes nothing."""

import json

import pytest

from harness import PASSWORD, bearer

REGISTER = "/api/auth/register"
GOOD = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}


async def raw(vestibule, content: bytes, path: str = REGISTER, **headers: str):
    return await vestibule.http.post(path, content=content, headers={"Content-Type": "application/json", **headers})


async def users(vestibule) -> int:
    return len(await vestibule.rows("SELECT 1 FROM users"))


class TestJson:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[]",
            b'"text"',
            b"null",
            b"\xff\xfe",
            b'{"username": NaN}',
            b'{"a":' * 20000 + b"1" + b"}" * 20000,
            b"[" * 60000,
            json.dumps(GOOD).encode("utf-16"),
        ],
    )
    async def test_what_is_no_json_object_is_400(self, vestibule, content):
        answer = await raw(vestibule, content)
        assert answer.status_code in {400, 413}
        assert answer.json()["code"] in {"malformed_json", "body_too_large"}

    async def test_duplicate_keys_are_400(self, vestibule):
        content = b'{"username":"alice","email":"a@example.com","email":"evil@example.com","password":"rainy tuesday"}'
        answer = await raw(vestibule, content)
        assert (answer.status_code, answer.json()["code"]) == (400, "duplicate_key")
        assert '"email"' in answer.json()["detail"]
        assert await users(vestibule) == 0

    @pytest.mark.parametrize("field", ["username", "email", "password"])
    @pytest.mark.parametrize("bad", ["nul\\u0000here", "lone\\ud800surrogate"])
    async def test_nul_and_lone_surrogates_are_400_and_name_the_field(self, vestibule, field, bad):
        parts = [f'"{k}":"{bad if k == field else v}"' for k, v in GOOD.items()]
        answer = await raw(vestibule, ("{" + ",".join(parts) + "}").encode())
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_text")
        assert list(answer.json()["errors"]) == [field]
        assert await users(vestibule) == 0

    async def test_unknown_fields_are_refused_with_a_hint(self, vestibule):
        answer = await vestibule.post(REGISTER, {**GOOD, "emial": "x"})
        assert answer.status_code == 422
        assert answer.json()["errors"]["emial"] == 'This field does not exist. Did you mean "email"?'

    @pytest.mark.parametrize("extra", ["role", "is_admin", "id", "emailVerified", "createdAt", "__proto__", "tenantId"])
    async def test_nothing_is_assigned_that_is_not_asked_for(self, vestibule, extra):
        answer = await vestibule.post(REGISTER, {**GOOD, extra: True})
        assert answer.status_code == 422
        assert await users(vestibule) == 0

    @pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}, ["alice"], {"x": 1}])
    @pytest.mark.parametrize("field", ["username", "email", "password"])
    async def test_wrong_types_name_the_field(self, vestibule, field, value):
        answer = await vestibule.post(REGISTER, {**GOOD, field: value})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])

    async def test_missing_fields_are_all_named(self, vestibule):
        answer = await vestibule.post(REGISTER, {})
        assert answer.json()["errors"] == dict.fromkeys(("username", "email", "password"), "This field is required.")

    @pytest.mark.parametrize("field", ["username", "email", "password"])
    async def test_over_long_values_are_refused_and_never_cut(self, vestibule, field):
        answer = await vestibule.post(REGISTER, {**GOOD, field: "x" * 5000})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
        assert await users(vestibule) == 0


class TestBodies:
    @pytest.mark.parametrize("size", [65 * 1024, 10 * 1024 * 1024])
    async def test_over_64_kib_are_413(self, vestibule, size):
        answer = await raw(vestibule, b'{"username":"' + b"x" * size + b'"}')
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    async def test_a_stream_without_length_is_cut_off(self, vestibule):
        async def endless():
            for _ in range(1000):
                yield b"x" * 1024

        answer = await vestibule.http.post(REGISTER, content=endless(), headers={"Content-Type": "application/json"})
        assert answer.status_code == 413

    @pytest.mark.parametrize("length", ["-1", "abc", "99999999999999999999", "1e3"])
    async def test_a_false_length_helps_nobody(self, vestibule, length):
        answer = await raw(vestibule, b"{}", **{"Content-Length": length})
        assert answer.status_code == 413

    @pytest.mark.parametrize(
        "media_type",
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/jsonp"],
    )
    async def test_other_media_types_are_415(self, vestibule, media_type):
        answer = await raw(vestibule, json.dumps(GOOD).encode(), **{"Content-Type": media_type})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
        assert await users(vestibule) == 0


class TestRoutes:
    @pytest.mark.parametrize(
        "path", ["/api", "/api/", "/api/nope", "/api/auth/login/", "/.well-known/nope", "/account/x.css"]
    )
    async def test_unknown_addresses_are_404(self, vestibule, path):
        answer = await vestibule.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        ("method", "path"), [("GET", REGISTER), ("PUT", "/api/account"), ("TRACE", "/api/session")]
    )
    async def test_wrong_methods_are_405_and_name_the_right_ones(self, vestibule, method, path):
        answer = await vestibule.http.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"]

    async def test_all_methods_of_an_address_are_named(self, vestibule):
        answer = await vestibule.http.put("/api/account")
        assert answer.headers["allow"] == "DELETE, GET, HEAD, PATCH"

    @pytest.mark.parametrize(
        ("method", "address"),
        [
            ("DELETE", "/api/sessions/a%00b"),
            ("DELETE", "/api/sessions?all=%00"),
            ("GET", "/api/account/activity?before=%00"),
        ],
    )
    async def test_nul_in_an_address_is_400(self, vestibule, method, address):
        tokens = await vestibule.signed_in()
        answer = await vestibule.http.request(method, address, headers=bearer(tokens))
        assert answer.status_code == 400
        assert answer.json()["code"] in ("invalid_text", "ambiguous_path")

    @pytest.mark.parametrize(
        "agent", ["", "\x1b[31mred", "a\tb", "x" * 100_000, "é\x80\xff", "<script>alert(1)</script>"]
    )
    async def test_odd_user_agents_are_noted_as_text(self, vestibule, agent):
        await vestibule.register()
        body = {"email": "alice@example.com", "password": PASSWORD}
        headers = {"User-Agent": agent.encode("latin-1")}
        tokens = (await vestibule.http.post("/api/auth/login", json=body, headers=headers)).json()
        listed = (await vestibule.get("/api/sessions", **bearer(tokens))).json()["sessions"]
        assert all(character.isprintable() for character in listed[0]["device"])
        stored = (await vestibule.rows("SELECT user_agent FROM sessions"))[0]["user_agent"]
        assert len(stored) <= 512
        assert stored == "" or stored.isprintable()

    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=5&limit=6", "sort=password_hash"])
    async def test_query_parameters_are_checked_too(self, vestibule, query):
        tokens = await vestibule.signed_in()
        answer = await vestibule.get(f"/api/account/activity?{query}", **bearer(tokens))
        assert answer.status_code == 422
        assert answer.json()["errors"].keys() == {query.partition("=")[0]}


class TestTokens:
    async def test_codes_of_one_purpose_do_not_work_for_another(self, vestibule):
        await vestibule.register()
        verify = await vestibule.link_token("alice@example.com", "Confirm")
        reset = await vestibule.reset_token()
        crossed = await vestibule.post("/api/auth/reset-password", {"token": verify, "password": "quiet green lantern"})
        assert crossed.json()["code"] == "invalid_code"
        crossed = await vestibule.post("/api/auth/verify-email", {"token": reset})
        assert crossed.json()["code"] == "invalid_code"

    @pytest.mark.parametrize("token", ["", "x", "vst_rst_", "vst_rst_" + "A" * 49, "vst_ref_" + "A" * 49, "é" * 60])
    async def test_made_up_tokens_are_refused(self, vestibule, token):
        reset = await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert reset.json()["code"] == "invalid_code"
        refresh = await vestibule.post("/api/auth/refresh", {"refreshToken": token})
        assert refresh.status_code in {401, 422}

    async def test_a_token_of_a_deleted_user_does_nothing(self, vestibule):
        await vestibule.register()
        token = await vestibule.reset_token()
        user = await vestibule.services.accounts.administration.find("alice")
        await vestibule.services.accounts.administration.delete(user)
        answer = await vestibule.post("/api/auth/reset-password", {"token": token, "password": "quiet green lantern"})
        assert answer.json()["code"] == "invalid_code"
        assert (await vestibule.rows("SELECT password_hash FROM users"))[0]["password_hash"] == user.password_hash

    async def test_disabled_users_get_no_mail_and_no_session(self, vestibule):
        await vestibule.register()
        user = await vestibule.services.accounts.administration.find("alice@example.com")
        await vestibule.services.accounts.administration.disable(user)
        await vestibule.post("/api/auth/forgot-password", {"email": "alice@example.com"})
        assert await vestibule.mails("alice@example.com", "Reset") == []

    @pytest.mark.parametrize("code", [123456, ["123456"], True, None, "12345", "1234567", "abcdef"])
    async def test_digits_are_a_string_of_six(self, vestibule, code):
        await vestibule.register()
        answer = await vestibule.post("/api/auth/verify-email", {"email": "alice@example.com", "code": code})
        assert answer.status_code == 422

    async def test_two_proofs_at_once_are_refused(self, vestibule):
        body = {"email": "alice@example.com", "code": "123456", "token": "vst_vfy_x"}
        assert (await vestibule.post("/api/auth/verify-email", body)).status_code == 422


class TestIdentifiers:
    @pytest.mark.parametrize(
        "email",
        [
            '"a@evil x"@corp.com',
            "a@evil@corp.com",
            "=?utf-8?q?a=40evil?=@corp.com",
            "a@corp.com(c)",
            "a@[127.0.0.1]",
            "a b@corp.com",
            "a@corp..com",
            ".a@corp.com",
            "a@-corp.com",
            "a\r\nBcc: b@corp.com",
            "a@corp",
            "Name <a@corp.com>",
        ],
    )
    async def test_odd_addresses_are_refused(self, vestibule, email):
        answer = await vestibule.post(REGISTER, {**GOOD, "email": email})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["email"])

    @pytest.mark.parametrize(
        "email", ["a.b+tag@example.com", "ünï@example.com", "a@bücher.example.com", "o'neil@example.com"]
    )
    async def test_real_addresses_are_accepted(self, vestibule, email):
        assert (await vestibule.post(REGISTER, {**GOOD, "email": email})).status_code == 201

    @pytest.mark.parametrize(
        ("first", "second"), [("a@Bücher.example.com", "A@xn--bcher-kva.EXAMPLE.com"), ("ä@x.io", "Ä@x.io")]
    )
    async def test_one_mailbox_is_one_account(self, vestibule, first, second):
        assert (await vestibule.post(REGISTER, {**GOOD, "email": first})).status_code == 201
        answer = await vestibule.post(REGISTER, {**GOOD, "username": "other", "email": second})
        assert answer.json()["errors"].keys() == {"email"}

    async def test_aliases_of_a_provider_stay_distinct(self, vestibule):
        for number, email in enumerate(("a.b@example.com", "ab@example.com", "ab+x@example.com")):
            assert (
                await vestibule.post(REGISTER, {**GOOD, "username": f"user{number}", "email": email})
            ).status_code == 201

    @pytest.mark.parametrize(
        "username",
        ["аdmin", "user\u200bname", "user\u202ename", "<script>", "a/b/c/d", "tab\tname", "x" * 31, "\u0301" * 8],
    )
    async def test_deceiving_usernames_are_refused(self, vestibule, username):
        answer = await vestibule.post(REGISTER, {**GOOD, "username": username})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["username"])

    async def test_fullwidth_and_case_variants_are_one_name(self, vestibule):
        assert (await vestibule.post(REGISTER, {**GOOD, "username": "Ｆｕｌｌ"})).status_code == 201
        answer = await vestibule.post(REGISTER, {**GOOD, "username": "FULL", "email": "b@example.com"})
        assert answer.json()["errors"].keys() == {"username"}


class TestPasswords:
    @pytest.mark.parametrize("password", ["x" * 7, "é" * 7])
    async def test_seven_characters_are_too_few(self, vestibule, password):
        answer = await vestibule.post(REGISTER, {**GOOD, "password": password})
        assert answer.json()["errorCodes"] == {"password": "password_too_short"}

    @pytest.mark.parametrize("length", [64, 128, 1024])
    async def test_long_ones_count_to_the_last_character(self, vestibule, length):
        password = ("harbour lantern " * 70)[: length - 1] + "1"
        await vestibule.post(REGISTER, {**GOOD, "password": password})
        assert (await vestibule.log_in(password=password)).status_code == 200
        assert (await vestibule.log_in(password=password[:-1] + "2")).status_code == 401

    async def test_more_than_1024_bytes_are_refused(self, vestibule):
        answer = await vestibule.post(REGISTER, {**GOOD, "password": "ü" * 513})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, ["password"])

    async def test_bcrypt_never_cuts_at_72_bytes(self, start):
        async with start(PASSWORD_SCHEME="bcrypt", BCRYPT_COST="4") as vestibule:
            start_of_it = "harbour lantern tuesday " * 3
            assert len(start_of_it) == 72
            await vestibule.post(REGISTER, {**GOOD, "password": start_of_it + "A"})
            assert (await vestibule.log_in(password=start_of_it + "A")).status_code == 200
            assert (await vestibule.log_in(password=start_of_it + "B")).status_code == 401
            assert (await vestibule.log_in(password=start_of_it)).status_code == 401

    @pytest.mark.parametrize("change", [str.upper, lambda p: p + " ", lambda p: " " + p, lambda p: p[:-1]])
    async def test_is_verified_exactly(self, vestibule, change):
        await vestibule.register()
        assert (await vestibule.log_in(password=change(PASSWORD))).status_code == 401

    @pytest.mark.parametrize(
        "password", ["alice is here", "example-dot-com", "VESTIBULE rocks", "my alice@example.com"]
    )
    async def test_context_words_are_refused(self, vestibule, password):
        answer = await vestibule.post(REGISTER, {**GOOD, "password": password})
        assert answer.json()["errorCodes"] == {"password": "password_has_context"}

    @pytest.mark.parametrize("password", ["qwertyuiop", "Iloveyou1", "PASSWORD1", "12345678"])
    async def test_common_ones_are_refused(self, vestibule, password):
        answer = await vestibule.post(REGISTER, {**GOOD, "password": password})
        assert answer.json()["errorCodes"] == {"password": "password_common"}

    @pytest.mark.parametrize(
        "password", ["gkwvbqzmtyhsdrplxjcf", "83619274650192837465", "漢字仮名交じり文です", "has  spaces inside"]
    )
    async def test_no_composition_rules(self, vestibule, password):
        assert (await vestibule.post(REGISTER, {**GOOD, "password": password})).status_code == 201
