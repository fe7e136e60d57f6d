"""What becomes a user's address is the very text that was mailed, however it is typed; canonical forms only compare."""

import pytest

from harness import bearer

# What was mailed, and another spelling with the same canonical form.
TWINS = [
    ("strauss@example.com", "strauß@example.com"),
    ("strauß@example.com", "strauss@example.com"),
    ("\uff42\uff4f\uff42\uff42\uff59@example.com", "bobby@example.com"),
    ("bobby@example.com", "\uff42\uff4f\uff42\uff42\uff59@example.com"),
    ("\ufb01nn@example.com", "finn@example.com"),
    ("Bobby@example.com", "bobby@example.com"),
    ("bobby@example.com", "BOBBY@EXAMPLE.COM"),
]
HOW = ["digits", "digits of the twin", "link", "link, not signed in"]


async def confirm(vestibule, tokens, mailed, twin, how):
    mail = next(found for found in await vestibule.mails(mailed) if "onfirm" in found["subject"])
    headers = {} if how == "link, not signed in" else bearer(tokens)
    token = mail["links"][0].partition("#token=")[2]
    body = {"token": token}
    if how.startswith("digits"):
        code = next(word for word in mail["text"].replace("\n", " ").split() if len(word) == 6 and word.isdigit())
        body = {"email": twin if how == "digits of the twin" else mailed, "code": code}
    return await vestibule.post("/api/auth/verify-email", body, **headers)


async def stored(vestibule):
    row = (await vestibule.rows("SELECT email, email_verified_at FROM users"))[0]
    return row["email"], row["email_verified_at"] is not None


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("mailed", "twin"), TWINS)
async def test_a_change_stores_what_was_mailed(vestibule, mailed, twin, how):
    tokens = await vestibule.signed_in()
    await vestibule.verify()
    changed = await vestibule.http.patch("/api/account", json={"email": mailed}, headers=bearer(tokens))
    assert changed.status_code == 200, changed.text
    answer = await confirm(vestibule, tokens, mailed, twin, how)
    assert (answer.status_code, answer.json()["user"]["email"]) == (200, mailed)
    assert await stored(vestibule) == (mailed, True)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("mailed", "twin"), TWINS)
async def test_a_registration_proves_what_was_mailed(vestibule, mailed, twin, how):
    await vestibule.register("alice", mailed)
    tokens = (await vestibule.log_in(twin)).json()
    assert (await confirm(vestibule, tokens, mailed, twin, how)).status_code == 200
    assert await stored(vestibule) == (mailed, True)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize(("mailed", "twin"), TWINS)
async def test_a_change_to_a_twin_of_the_own_address_proves_the_twin(vestibule, mailed, twin, how):
    await vestibule.register("alice", twin)
    await vestibule.verify()
    tokens = (await vestibule.log_in(twin)).json()
    await vestibule.mails()
    vestibule.clock.advance(61_000_000)
    await vestibule.http.patch("/api/account", json={"email": mailed}, headers=bearer(tokens))
    assert (await confirm(vestibule, tokens, mailed, twin, how)).status_code == 200
    assert await stored(vestibule) == (mailed, True)
