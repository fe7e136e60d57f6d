"""Pending items in their rows: each counts once, and releases before and after this one may serve beside it."""

import asyncio
import json

import pytest

from authenticator import Authenticator
from harness import options_of
from vestibule.domain.login import AttemptPurpose
from vestibule.domain.new_user import NewUser, WaitingRegistration
from vestibule.domain.pending import (
    Context,
    Delivery,
    EnrolmentChallenge,
    PasskeyChallenge,
    RequestOrigin,
    SingleUse,
    TokenDelivery,
    TotpSeed,
)
from vestibule.domain.session import SessionType

ADA = {"username": "countess", "email": "ada@example.com"}


class AuthorizationState(SingleUse, frozen=True):
    """A kind that a later release adds: nothing else has to be edited for it."""

    client_id: str
    scopes: tuple[str, ...]
    nonce: str | None = None


class ProviderState(Context, frozen=True):
    """Another, which stays with its attempt."""

    provider: str
    asked_at: int


ITEMS = [
    PasskeyChallenge("Y2hhbGxlbmdl"),
    EnrolmentChallenge("Y2hhbGxlbmdl"),
    TotpSeed("totp_01k", "sealed"),
    WaitingRegistration("user_01k", "Y2hhbGxlbmdl", NewUser("ada", "ada@example.com", None, None, {"name": "Ada ä"})),
    AuthorizationState("client_01k", ("openid", "profile"), 'a "nonce" \u2028'),
]
KEPT = [Delivery(TokenDelivery.COOKIE), RequestOrigin(17, "192.0.2.1", "Firefox on Linux"), ProviderState("idp", 17)]


def kinds_below(base):
    found = {kind for kind in base.__subclasses__() if not kind.__name__.startswith("_")}
    return found.union(*(kinds_below(kind) for kind in base.__subclasses__()))


def test_every_kind_is_tried_here():
    here = {kind for kind in kinds_below(SingleUse) if kind.__module__.startswith(("vestibule", __name__))}
    assert here == {type(item) for item in ITEMS}


async def stored(vestibule, *items):
    """An attempt that waits for these, as another request reads it."""
    login = vestibule.services.login.login.attempts
    new = login.new(SessionType.COOKIE, AttemptPurpose.SIGN_IN, "alice").awaiting(*items)
    needs = await login.store(new, (), None)
    return await read(vestibule, needs.attempt.id)


async def read(vestibule, attempt_id):
    async with vestibule.database.reading() as work:
        return await work.login_attempts.find_open(attempt_id, vestibule.clock.now())


async def take(vestibule, attempt, kind):
    """Take an item as a step does: it counts if the attempt without it could be stored."""
    item, rest = attempt.take(kind)
    async with vestibule.database.writing() as work:
        won = await work.login_attempts.replace(attempt, rest, vestibule.clock.now())
    return item if won else None


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: type(item).__name__)
class TestSingleUse:
    async def test_of_many_who_take_it_one_gets_it(self, vestibule, item):
        attempt = await stored(vestibule, *KEPT, item)
        taken = await asyncio.gather(*(take(vestibule, attempt, type(item)) for _ in range(8)))
        assert [found for found in taken if found] == [item]

    async def test_it_is_gone_from_the_row_and_what_else_was_there_is_not(self, vestibule, item):
        attempt = await stored(vestibule, *KEPT, item)
        await take(vestibule, attempt, type(item))
        after = await read(vestibule, attempt.id)
        assert after.take(type(item)) is None
        assert [after.context(type(kept)) for kept in KEPT] == KEPT

    async def test_no_log_line_and_no_traceback_shows_it(self, vestibule, item):
        shown = repr(await stored(vestibule, item))
        assert "Y2hh" not in shown
        assert "sealed" not in shown
        assert "ada@" not in shown


async def begun_by_older_code(vestibule, attempt_id, **notes):
    """The row as code of revision 0013 wrote it."""
    text = json.dumps(notes, sort_keys=True)
    await vestibule.run("UPDATE login_attempts SET notes = $2 WHERE id = $1", attempt_id, text)


@pytest.fixture
async def phone(vestibule):
    browser, phone = vestibule.browser(), Authenticator()
    await browser.register()
    await browser.add_passkey(phone)
    return phone


async def passkey_step(browser, begun, phone):
    credential = phone.get(options_of(begun, "passkey")["publicKey"])
    return await browser.step(begun, "passkey", credential=credential)


class TestARollingUpgrade:
    async def test_a_sign_in_that_older_code_began_goes_on(self, vestibule, phone):
        browser = vestibule.browser()
        begun = await browser.begin("")
        challenge = options_of(begun, "passkey")["publicKey"]["challenge"]
        notes = {"from": "17 - Firefox on Linux", "passkey": challenge}
        await begun_by_older_code(vestibule, begun["attempt"]["id"], **notes)
        assert (await passkey_step(browser, begun, phone)).json()["status"] == "signed_in"

    async def test_older_code_finds_what_this_code_began(self, vestibule, phone):
        begun = await vestibule.browser().begin("")
        (row,) = await vestibule.rows("SELECT notes FROM login_attempts WHERE id = $1", begun["attempt"]["id"])
        notes = json.loads(row["notes"])
        assert notes["passkey"] == options_of(begun, "passkey")["publicKey"]["challenge"]
        assert notes.keys() == {"passkey", "from", "delivery"}
        at, address, device = notes["from"].split(" ", 2)
        assert (at.isdecimal(), address, bool(device)) == (True, "127.0.0.1", True)
        assert row["notes"] == json.dumps(notes, sort_keys=True)

    async def test_older_code_finds_a_registration(self, vestibule):
        begun = (await vestibule.browser().post("/api/registration", ADA)).json()
        (row,) = await vestibule.rows("SELECT notes FROM login_attempts WHERE id = $1", begun["attempt"]["id"])
        notes = json.loads(row["notes"])
        assert notes["challenge"] == begun["publicKey"]["challenge"]
        user_id, *wanted = json.loads(notes["wanted"])
        assert (user_id[:5], wanted[:2]) == ("user_", list(ADA.values()))
        assert (notes.keys(), len(wanted)) == ({"challenge", "wanted", "names", "profile"}, 3)

    async def test_an_item_in_an_unknown_form_has_expired(self, vestibule, phone):
        browser = vestibule.browser()
        begun = await browser.begin("")
        await begun_by_older_code(vestibule, begun["attempt"]["id"], challenges="[]")
        refused = await passkey_step(browser, begun, phone)
        assert (refused.status_code, refused.json()["code"]) == (401, "passkey_refused")

    @pytest.mark.parametrize(
        "notes", [{}, {"challenge": "Yw"}, {"challenge": "Yw", "wanted": "[1, 2]"}, {"wanted": "["}]
    )
    async def test_so_has_a_registration(self, vestibule, notes):
        browser = vestibule.browser()
        begun = (await browser.post("/api/registration", ADA)).json()
        await begun_by_older_code(vestibule, begun["attempt"]["id"], **notes)
        made = Authenticator().create(begun["publicKey"])
        refused = await browser.post(f"/api/registration/{begun['attempt']['id']}", {"credential": made})
        assert refused.json()["code"] == "invalid_attempt"
        assert await vestibule.rows("SELECT 1 FROM users") == []

    async def test_what_newer_code_added_survives_a_step(self, vestibule, phone):
        browser = vestibule.browser()
        begun = await browser.begin("")
        options = options_of(begun, "passkey")["publicKey"]
        await begun_by_older_code(
            vestibule, begun["attempt"]["id"], FutureKind='{"x": 1}', passkey=options["challenge"]
        )
        refused = await browser.step(begun, "passkey", credential=phone.get(options, origin="https://evil.example"))
        assert refused.status_code == 401
        attempt = await read(vestibule, begun["attempt"]["id"])
        assert attempt.pending.texts == {"FutureKind": '{"x": 1}'}


async def test_the_delivery_that_was_chosen_at_the_start_counts_at_the_end(vestibule, phone):
    begun = (await vestibule.post("/api/login", {"sessionType": "token", "tokenDelivery": "cookie"})).json()
    credential = phone.get(options_of(begun, "passkey")["publicKey"])
    body = {"method": "passkey", "secret": begun["attempt"]["secret"], "credential": credential}
    done = await vestibule.post(f"/api/login/{begun['attempt']['id']}/steps", body)
    assert (done.status_code, "refreshToken" in done.json()) == (200, False)
    assert "refresh" in done.headers["set-cookie"]
