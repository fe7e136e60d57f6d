"""Case 255: a row that somebody edited by hand lets nobody in, and hurts only whom it belongs to."""

import pytest

from harness import PASSWORD

HASHES = [
    "garbage",
    "",
    "$argon2id$",
    "$argon2id$v=19$m=7,t=0,p=9999999999$c2FsdA$aGFzaA",
    "$2b$",
    "$2b$99$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "$2b$xx$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
    "bcrypt-sha384:",
    "\u0416\u0416\u0416",
]


@pytest.mark.parametrize("damaged", HASHES)
async def test_a_damaged_hash(start, damaged):
    async with start(ACCOUNT_FAILURES="1000", LIMIT_LOGIN_ADDRESS="1000/1m") as quiet:
        await quiet.register("alice")
        await quiet.register("bobby")
        await quiet.run("UPDATE users SET password_hash = $1 WHERE username = 'alice'", damaged)
        body = {"email": "alice@example.com", "password": PASSWORD}
        for _ in range(2):
            assert (await quiet.post("/api/auth/login", body)).status_code == 401
        assert (await quiet.post("/api/auth/login", body | {"email": "bobby@example.com"})).status_code == 200
        assert (await quiet.post("/api/auth/login", body | {"email": "nobody@example.com"})).status_code == 401
        assert len(await quiet.rows("SELECT profile FROM hash_profiles")) == 1
        reset = await quiet.reset_token()
        new = {"token": reset, "password": "quiet green lantern"}
        assert (await quiet.post("/api/auth/reset-password", new)).status_code == 200
        assert (await quiet.post("/api/auth/login", body | {"password": new["password"]})).status_code == 200
