"""Access tokens: RFC 9068 claims, keys at the well-known address, one algorithm per key, nothing else accepted."""

import base64
import hashlib
import hmac
import json

import jwt as pyjwt
import pytest

from harness import PASSWORD

SECOND = 1_000_000
DAY = 24 * 3600 * SECOND


def part(token: str, index: int) -> dict:
    segment = token.split(".")[index]
    return json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))


def encode(value) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def profile(vestibule, token: str) -> int:
    return (await vestibule.get("/api/auth/profile", Authorization=f"Bearer {token}")).status_code


class TestClaims:
    async def test_are_those_of_rfc_9068(self, vestibule):
        tokens = await vestibule.signed_in()
        await vestibule.services.accounts.roles.grant(tokens["user"]["id"], "admin")
        tokens = (await vestibule.log_in()).json()
        header, claims = part(tokens["accessToken"], 0), part(tokens["accessToken"], 1)
        assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
        assert claims["iss"] == claims["aud"] == "http://localhost:8000"
        assert claims["sub"] == tokens["user"]["id"]
        assert claims["exp"] - claims["iat"] == 900
        assert (claims["client_id"], claims["amr"], claims["acr"]) == ("vestibule", ["pwd"], "aal1")
        assert claims["roles"] == ["admin"]
        assert claims.keys() >= {"jti", "sid", "auth_time"}

    @pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
    async def test_a_second_library_agrees(self, start, algorithm):
        async with start(SIGNING_ALGORITHM=algorithm) as vestibule:
            tokens = await vestibule.signed_in()
            answer = await vestibule.get("/.well-known/jwks.json")
            assert answer.headers["cache-control"] == "public, max-age=300"
            keys = pyjwt.PyJWKSet.from_dict(answer.json())
            kid = pyjwt.get_unverified_header(tokens["accessToken"])["kid"]
            claims = pyjwt.decode(
                tokens["accessToken"],
                keys[kid].key,
                algorithms=[algorithm],
                audience="http://localhost:8000",
                issuer="http://localhost:8000",
            )
            assert claims["sub"] == tokens["user"]["id"]
            assert "d" not in answer.json()["keys"][0]


class TestForgeries:
    async def test_none_and_hmac_with_the_public_key_are_refused(self, vestibule):
        tokens = await vestibule.signed_in()
        header, claims = part(tokens["accessToken"], 0), part(tokens["accessToken"], 1)
        jwk = (await vestibule.get("/.well-known/jwks.json")).json()["keys"][0]
        for alg in ("none", "None", "HS256"):
            signed = f"{encode({**header, 'alg': alg})}.{encode(claims)}"
            mac = hmac.new(json.dumps(jwk).encode(), signed.encode(), hashlib.sha256).digest()
            for signature in ("", encode(mac), tokens["accessToken"].split(".")[2]):
                assert await profile(vestibule, f"{signed}.{signature}") == 401

    async def test_key_material_in_the_header_is_ignored(self, vestibule):
        tokens = await vestibule.signed_in()
        own = pyjwt.algorithms.ECAlgorithm
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        kid = part(tokens["accessToken"], 0)["kid"]
        headers = {"typ": "at+jwt", "kid": kid, "jwk": json.loads(own.to_jwk(key.public_key()))}
        forged = pyjwt.encode(part(tokens["accessToken"], 1), key, algorithm="ES256", headers=headers)
        assert await profile(vestibule, forged) == 401

    @pytest.mark.parametrize("kid", ["../../etc/passwd", "' OR 1=1 --", "", "x" * 5000, 7, None, ["a"]])
    async def test_odd_key_ids_are_refused(self, vestibule, kid):
        tokens = await vestibule.signed_in()
        _, claims, signature = tokens["accessToken"].split(".")
        assert (
            await profile(vestibule, f"{encode({'alg': 'ES256', 'typ': 'at+jwt', 'kid': kid})}.{claims}.{signature}")
            == 401
        )

    @pytest.mark.parametrize("change", [{"sub": "user_x"}, {"exp": 9999999999}, {"roles": ["admin"]}])
    async def test_a_changed_claim_breaks_the_signature(self, vestibule, change):
        header, claims, signature = (await vestibule.signed_in())["accessToken"].split(".")
        forged = encode({**json.loads(base64.urlsafe_b64decode(claims + "==")), **change})
        assert await profile(vestibule, f"{header}.{forged}.{signature}") == 401

    @pytest.mark.parametrize("shape", ["{t}.", ".{t}", "{t}.x", "{t}=", " {t}", "{t} x", "a.b", "..", "." * 9000])
    async def test_only_the_compact_form_counts(self, vestibule, shape):
        tokens = await vestibule.signed_in()
        assert await profile(vestibule, shape.format(t=tokens["accessToken"])) == 401

    async def test_two_authorization_headers_are_nobody(self, vestibule):
        tokens = await vestibule.signed_in()
        headers = [("Authorization", f"Bearer {tokens['accessToken']}")] * 2
        answer = await vestibule.http.get("/api/auth/profile", headers=headers)
        assert answer.status_code == 401

    async def test_a_token_in_the_address_is_not_looked_at(self, vestibule):
        tokens = await vestibule.signed_in()
        answer = await vestibule.get(f"/api/auth/profile?access_token={tokens['accessToken']}")
        assert answer.status_code == 401

    async def test_a_refresh_token_is_no_access_token_and_the_other_way_round(self, vestibule):
        tokens = await vestibule.signed_in()
        assert await profile(vestibule, tokens["refreshToken"]) == 401
        answer = await vestibule.post("/api/auth/refresh", {"refreshToken": tokens["accessToken"]})
        assert answer.status_code in {401, 422}

    async def test_another_installation_s_token_is_refused(self, start, vestibule):
        tokens = await vestibule.signed_in()
        async with start(PUBLIC_URL="http://localhost:9999") as other:
            assert await profile(other, tokens["accessToken"]) == 401


class TestKeyRotation:
    async def test_old_tokens_live_on_and_new_ones_come_from_the_new_key(self, vestibule):
        keys = vestibule.services.tokens.signing_keys
        old = await vestibule.signed_in()
        rotated = await keys.rotate()
        assert len((await vestibule.get("/.well-known/jwks.json")).json()["keys"]) == 2
        early = (await vestibule.log_in()).json()
        assert part(early["accessToken"], 0)["kid"] == part(old["accessToken"], 0)["kid"]
        vestibule.clock.advance(11 * 60 * SECOND)
        late = (await vestibule.log_in()).json()
        assert part(late["accessToken"], 0)["kid"] == rotated.kid
        assert await profile(vestibule, early["accessToken"]) == 200
        assert await profile(vestibule, late["accessToken"]) == 200
        vestibule.clock.advance(20 * 60 * SECOND)
        assert len((await vestibule.get("/.well-known/jwks.json")).json()["keys"]) == 1

    async def test_a_withdrawn_key_ends_tokens_that_were_verified_before(self, start):
        async with start(SESSION_CACHE_MIB="0") as vestibule:
            token = (await vestibule.signed_in())["accessToken"]
            assert [await profile(vestibule, token) for _ in range(2)] == [200, 200]
            await vestibule.services.tokens.signing_keys.rotate()
            await vestibule.run("DELETE FROM signing_keys WHERE kid = $1", part(token, 0)["kid"])
            vestibule.clock.advance(30 * SECOND)
            assert await profile(vestibule, token) == 401

    async def test_a_session_that_ends_ends_tokens_that_were_verified_before(self, start):
        async with start(SESSION_CACHE_MIB="0") as vestibule:
            token = (await vestibule.signed_in())["accessToken"]
            assert [await profile(vestibule, token) for _ in range(2)] == [200, 200]
            await vestibule.post("/api/auth/logout", Authorization=f"Bearer {token}")
            assert await profile(vestibule, token) == 401

    async def test_is_due_after_ninety_days(self, vestibule):
        await vestibule.signed_in()
        assert await vestibule.services.tokens.signing_keys.rotate_if_due() is False
        vestibule.clock.advance(91 * DAY)
        assert await vestibule.services.tokens.signing_keys.rotate_if_due() is True
        assert await vestibule.services.tokens.signing_keys.rotate_if_due() is False

    async def test_private_keys_are_sealed_at_rest(self, vestibule):
        await vestibule.signed_in()
        row = (await vestibule.rows("SELECT private_sealed, public_jwk FROM signing_keys"))[0]
        assert row["private_sealed"].startswith("v1.")
        assert '"d"' not in row["private_sealed"] + row["public_jwk"]


class TestSecretsAtRest:
    async def test_no_live_secret_stands_in_the_database(self, vestibule):
        browser = vestibule.browser()
        await browser.register()
        tokens = (await vestibule.log_in()).json()
        reset = await vestibule.reset_token()
        secrets = [
            PASSWORD,
            tokens["refreshToken"],
            tokens["accessToken"],
            reset,
            browser.http.cookies["vestibule_session"],
        ]
        secrets += [mail["codes"][0] for mail in await vestibule.mails("alice@example.com", "Confirm")]
        dump = ""
        for table in ("users", "sessions", "refresh_tokens", "one_time_codes", "outbox", "audit_events", "rate_limits"):
            dump += "".join(
                str(tuple(row.values() if hasattr(row, "values") else row))
                for row in await vestibule.rows(f"SELECT * FROM {table}")
            )
        assert "alice" in dump
        for secret in secrets:
            assert secret not in dump
