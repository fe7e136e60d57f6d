"""Private registration: asking for another address tells nobody whether somebody has it."""

import re

import pytest

from harness import PASSWORD

FREE, MINE = "free@example.com", "mallory@example.com"
TAKEN = {
    "active": "alice@example.com",
    "in capitals": "ALICE@Example.COM",
    "disabled": "disabled@example.com",
    "waiting": "waiting@example.com",
}


@pytest.fixture
async def private(start):
    async with start(REGISTRATION="private") as vestibule:
        for name in ("alice", "disabled", "mallory"):
            await vestibule.register(name)
            await vestibule.mails()
            await vestibule.verify(name)
        await vestibule.services.accounts.administration.disable(
            await vestibule.services.accounts.administration.find("disabled")
        )
        await vestibule.register("waiting")
        await vestibule.mails()
        vestibule.clock.advance(3_600_000_000)
        yield vestibule


def blurred(text, address):
    text = re.sub(re.escape(address), "ADDRESS", text, flags=re.IGNORECASE)
    text = re.sub(r"(req|event|session|user|flow)_[0-9a-z]{26}|vst_[a-z]{3}_\w+", "*", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ][0-9:.]+(Z|\+00:00| UTC)?|\d+:\d\d", "*", text)


async def seen(vestibule, address, tries):
    """All that comes back to the person who asks: answers, own mailbox, own activity and export, later confirmations."""
    browser = vestibule.browser()
    assert (await browser.sign_in("mallory")).status_code == 200
    await vestibule.run("DELETE FROM rate_limits")
    before = len(await vestibule.mails(MINE))
    answers = [await browser.send("PATCH", "/api/account", {"email": address}) for _ in range(tries)]
    answers += [await browser.post("/api/auth/verify-email", {"email": address, "code": "000000"}) for _ in range(7)]
    answers += [await browser.post("/api/auth/resend-code", {"email": address})]
    answers += [await browser.get(path) for path in ("/api/account", "/api/account/activity")]
    mine = (await vestibule.mails(MINE))[: len(await vestibule.mails(MINE)) - before]
    noted = await vestibule.rows(
        "SELECT action FROM audit_events WHERE subject_id = (SELECT id FROM users WHERE username = 'mallory') ORDER BY id"
    )
    told = [(a.status_code, blurred(a.text, address)) for a in answers[:-2]]
    statuses = [a.status_code for a in answers[-2:]]
    return told, statuses, [(m["subject"], blurred(m["text"], address)) for m in mine], [row["action"] for row in noted]


@pytest.mark.parametrize("tries", [1, 7])
@pytest.mark.parametrize("kind", TAKEN)
async def test_a_taken_address_looks_like_a_free_one(start, private, kind, tries):
    *free, noted = await seen(private, FREE, tries)
    await private.run("DELETE FROM audit_events")
    *taken, again = await seen(private, TAKEN[kind], tries)
    assert taken == free
    assert again == noted[-len(again) :]


async def test_the_owner_hears_of_it_and_keeps_the_address(private):
    browser = private.browser()
    await browser.sign_in("mallory")
    await browser.send("PATCH", "/api/account", {"email": TAKEN["active"]})
    subjects = [mail["subject"] for mail in await private.mails(TAKEN["active"])]
    assert "Confirm" not in subjects[0]
    assert (await private.browser().sign_in("alice", PASSWORD)).status_code == 200
