"""Sending takes a bounded time and happens once; what can never be delivered, or makes no sense any more, ends."""

import asyncio
import inspect
import io
import json
import re
from contextlib import redirect_stderr
from dataclasses import replace

import pytest

from harness import PASSWORD, bearer, environment
from mail_servers import resend_api, resend_settings, smtp_server, smtp_settings
from vestibule import i18n, settings
from vestibule.bootstrap import policies
from vestibule.domain.device import Device
from vestibule.domain.instant import HOUR, MINUTE, SECOND, to_datetime
from vestibule.domain.one_time_code import CodePurpose
from vestibule.domain.taking_back import TakenBack, Thing
from vestibule.observability import logs
from vestibule.services.records import outbox
from vestibule.services.records.devices import device_label
from vestibule.services.records.notifications import Notifications

DEVICE = Device("192.0.2.7", "Firefox", "req_1")
GREYLISTED = "451 greylisted, come back later"


@pytest.fixture
def smtp():
    with smtp_server() as (handler, port):
        yield handler, port


@pytest.fixture
def resend():
    with resend_api() as api:
        yield api


async def row_of(vestibule, name, kind="email"):
    sql = "SELECT * FROM outbox WHERE name = $1 AND kind = $2 ORDER BY id DESC LIMIT 1"
    return (await vestibule.rows(sql, name, kind))[0]


async def send_due(vestibule):
    return await vestibule.services.records.outbox.send_due()


class TestOneLimit:
    @pytest.mark.parametrize("timeout", ["0.5", "15", "60", "3600"])
    def test_the_lease_outlasts_a_sending_and_clocks_that_are_a_minute_apart(self, sqlite_url, tmp_path, timeout):
        given = settings.load(environ=environment(sqlite_url, tmp_path, MAIL_TIMEOUT=timeout))
        policy = policies.sending_policy(given)
        assert policy.limit == float(timeout) * SECOND
        assert policy.lease > policy.limit + MINUTE

    async def test_a_server_that_is_slow_at_each_command_is_left_after_the_limit_of_the_whole(self, start, smtp):
        handler, port = smtp
        async with start(**smtp_settings(port), MAIL_TIMEOUT="2") as vestibule:
            await vestibule.register()
            handler.slow = 0.8
            await send_due(vestibule)
            row = await row_of(vestibule, "verify_email")
            assert (row["sent_at"], row["leased_until"]) == (None, 0)
            assert row["last_error"].startswith("TimeoutError: ")
            assert handler.messages == []
            handler.slow = 0
            vestibule.clock.advance(MINUTE)
            await send_due(vestibule)
            assert (await row_of(vestibule, "verify_email"))["sent_at"]
        assert len(handler.messages) == 1

    async def test_an_api_that_trickles_its_answer_is_left_too(self, start, resend):
        resend.trickles = True
        async with start(**resend_settings(resend), MAIL_TIMEOUT="1") as vestibule:
            await vestibule.register()
            await send_due(vestibule)
            assert (await row_of(vestibule, "verify_email"))["last_error"].startswith("TimeoutError: ")
            resend.trickles = False
            vestibule.clock.advance(MINUTE)
            await send_due(vestibule)
            assert (await row_of(vestibule, "verify_email"))["sent_at"]
        assert len({headers["Idempotency-Key"] for _, headers, _ in resend.requests}) == 1

    async def test_a_job_that_hangs_is_left_too(self, start, monkeypatch):
        async with start(MAIL_TIMEOUT="0.1") as vestibule:
            sending = vestibule.services.records.outbox
            await vestibule.post("/api/auth/forgot-password", {"email": "alice@example.com"})

            async def hang(facts, device):
                await asyncio.Event().wait()

            monkeypatch.setattr(sending, "_handlers", dict.fromkeys(sending._handlers, hang))
            await send_due(vestibule)
            row = await row_of(vestibule, "password_reset", "deferred_job")
            assert row["last_error"].startswith("TimeoutError: ")

    @pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT"])
    async def test_no_second_worker_takes_an_email_that_a_slow_server_is_still_taking(self, start, smtp, command):
        handler, port = smtp
        handler.stop = command
        async with start(**smtp_settings(port), MAIL_TIMEOUT="15") as vestibule:
            await vestibule.register()
            first = asyncio.create_task(send_due(vestibule))
            assert await asyncio.to_thread(handler.reached.wait, 30)
            # All of the time that a sending may take, at a worker whose clock is a minute ahead.
            vestibule.clock.advance(15 * SECOND + MINUTE)
            assert await send_due(vestibule) == 0
            handler.go_on.set()
            assert await first == 1
        assert len(handler.messages) == 1

    async def test_a_worker_that_stops_leaves_its_email_to_the_others_at_once(self, start, smtp):
        handler, port = smtp
        handler.stop = "RCPT"
        async with start(**smtp_settings(port)) as vestibule:
            await vestibule.register()
            stopping = asyncio.create_task(send_due(vestibule))
            assert await asyncio.to_thread(handler.reached.wait, 30)
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)
            assert stopping.cancelled()
            handler.stop = ""
            handler.go_on.set()
            assert await send_due(vestibule) == 1
            assert (await row_of(vestibule, "verify_email"))["sent_at"]
        assert len(handler.messages) == 1

    async def test_a_worker_that_lost_its_row_does_not_release_it(self, vestibule):
        await vestibule.register()
        lost, kept = [await self._claim(vestibule) for _ in range(2)]
        async with vestibule.database.writing() as work:
            now = vestibule.clock.now()
            await work.outbox.retry(lost, "late", now)
            await work.outbox.give_up(lost, "late", now)
            await work.outbox.drop(lost, "late", now)
        row = await row_of(vestibule, "verify_email")
        assert row["attempts"] == kept.attempts
        assert (row["last_error"], row["dead_at"], row["dropped_at"]) == (None, None, None)
        assert row["leased_until"] > vestibule.clock.now()

    async def _claim(self, vestibule):
        vestibule.clock.advance(HOUR)
        now = vestibule.clock.now()
        async with vestibule.database.writing() as work:
            (item_id,) = await work.outbox.due(now, 10)
            return await work.outbox.claim(item_id, now, now + MINUTE)


class TestNever:
    """What a provider refuses for good is a dead letter at once; what passes or can be mended is tried again."""

    @pytest.mark.parametrize(
        ("command", "codes", "ends"),
        [
            ("RCPT", (501, 504, 521, 550, 551, 552, 553, 554, 555, 556), True),
            ("RCPT", (450, 451, 452, 500, 502, 503, 530, 535), False),
            ("DATA", (550, 552, 554), True),
            ("DATA", (451, 452, 503), False),
            ("MAIL", (552,), True),
            ("MAIL", (451, 530, 550, 553), False),
        ],
    )
    async def test_by_the_answers_of_an_smtp_server(self, start, smtp, command, codes, ends):
        handler, port = smtp
        async with start(**smtp_settings(port), LIMIT_REGISTRATION="100/1m") as vestibule:
            for code in codes:
                handler.refusals = {command: f"{code} the answer about alice{code}@example.com"}
                await vestibule.register(f"alice{code}")
                await send_due(vestibule)
                row = await row_of(vestibule, "verify_email")
                assert (row["dead_at"] is not None, row["payload_sealed"] is None) == (ends, ends), code
                assert str(code) in row["last_error"]
                assert "@" not in row["last_error"]

    async def test_an_address_beyond_ascii_where_the_server_takes_none(self, start):
        with smtp_server(utf8=False) as (handler, port):
            async with start(**smtp_settings(port)) as vestibule:
                await vestibule.register("björn", "björn@example.com")
                await send_due(vestibule)
                row = await row_of(vestibule, "verify_email")
                assert row["dead_at"]
                assert "SMTPUTF8" in row["last_error"]
        assert handler.messages == []

    async def test_and_where_it_does(self, start, smtp):
        handler, port = smtp
        async with start(**smtp_settings(port)) as vestibule:
            await vestibule.register("björn", "björn@example.com")
            await send_due(vestibule)
            assert (await row_of(vestibule, "verify_email"))["sent_at"]
        assert [message["To"].addresses[0].addr_spec for message in handler.messages] == ["björn@example.com"]

    @pytest.mark.parametrize(
        ("status", "name", "ends"),
        [
            (400, "validation_error", True),
            (413, "", True),
            (422, "validation_error", True),
            (422, "invalid_parameter", True),
            (451, "security_error", True),
            (409, "invalid_idempotent_request", True),
            (409, "concurrent_idempotent_requests", False),
            (422, "invalid_from_address", False),
            (400, "missing_api_key", False),
            (401, "restricted_api_key", False),
            (403, "validation_error", False),
            (404, "not_found", False),
            (405, "method_not_allowed", False),
            (408, "", False),
            (429, "daily_quota_exceeded", False),
            (500, "application_error", False),
        ],
    )
    async def test_by_the_answers_of_resend(self, start, resend, status, name, ends):
        resend.status, resend.body = status, json.dumps({"statusCode": status, "name": name}).encode()
        async with start(**resend_settings(resend)) as vestibule:
            await vestibule.register()
            await send_due(vestibule)
            row = await row_of(vestibule, "verify_email")
        assert (row["dead_at"] is not None) == ends
        assert str(status) in row["last_error"]

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b'{"name": 5}', b"\xff", b"<html>"])
    async def test_whatever_resend_answers_with(self, start, resend, body):
        resend.status, resend.body = 422, body
        async with start(**resend_settings(resend)) as vestibule:
            await vestibule.register()
            await send_due(vestibule)
            assert (await row_of(vestibule, "verify_email"))["last_error"] == "MailRefused: Resend answered 422"

    async def test_it_is_in_the_log_and_in_the_metrics(self, start, smtp, monkeypatch):
        handler, port = smtp
        handler.refuse = "550 no such user alice@example.com"
        async with start(**smtp_settings(port)) as vestibule:
            await vestibule.register()
            with redirect_stderr(io.StringIO()) as log:
                logs.configure(json=True, level="error")
                monkeypatch.setattr(outbox, "_log", logs.get_logger("outbox"))
                await send_due(vestibule)
            assert "vestibule_outbox_dead 1.0" in (await vestibule.get("/metrics")).text
        line = json.loads(log.getvalue())
        named = tuple(line[key] for key in ("event", "area", "kind", "name"))
        assert named == ("given_up", "outbox", "email", "verify_email")
        assert line["reason"] == "MailRefused: 550 no such user [address]"


async def registered(vestibule):
    await vestibule.register()


async def forgotten(vestibule):
    await vestibule.register()
    await vestibule.post("/api/auth/forgot-password", {"email": "alice@example.com"})


async def signing_in(vestibule):
    await vestibule.register()
    await vestibule.verify()
    browser = vestibule.browser()
    await browser.step(await browser.begin(), "email_code")


QUEUED = {"verify_email": registered, "password_reset": forgotten, "sign_in": signing_in}
ENDINGS = {
    "used": "UPDATE one_time_codes SET used_at = 1",
    "void": "UPDATE one_time_codes SET voided_at = 1",
    "gone": "DELETE FROM one_time_codes",
    "disabled": "UPDATE users SET disabled_at = 1",
    "deleted": "UPDATE users SET deleted_at = 1",
}


class TestSense:
    @pytest.mark.parametrize("name", QUEUED)
    @pytest.mark.parametrize("ending", [*ENDINGS, "expired"])
    async def test_a_code_that_does_not_work_any_more_is_not_sent(self, start, smtp, name, ending):
        handler, port = smtp
        handler.refuse = GREYLISTED
        async with start(**smtp_settings(port)) as vestibule:
            await QUEUED[name](vestibule)
            await send_due(vestibule)
            waiting = await row_of(vestibule, name)
            assert waiting["dropped_at"] is None
            assert waiting["expires_at"] > vestibule.clock.now()
            if ending == "expired":
                vestibule.clock.advance(waiting["expires_at"] - vestibule.clock.now())
            else:
                await vestibule.run(ENDINGS[ending])
            handler.refuse = ""
            vestibule.clock.advance(MINUTE)
            await send_due(vestibule)
            row = await row_of(vestibule, name)
            assert (row["sent_at"], row["dead_at"], row["payload_sealed"]) == (None, None, None)
            assert row["dropped_at"]
            assert ending in row["last_error"] or row["last_error"] == "the account is gone or disabled"
            state = await vestibule.services.records.outbox.state()
            assert (state.pending, state.dead) == (0, 0)
            assert f"vestibule_outbox_dropped {state.dropped}.0" in (await vestibule.get("/metrics")).text
        assert handler.messages == []

    @pytest.mark.parametrize("name", QUEUED)
    async def test_one_that_still_works_arrives_past_a_greylist_of_five_minutes(self, start, smtp, name):
        handler, port = smtp
        handler.refuse = GREYLISTED
        async with start(**smtp_settings(port)) as vestibule:
            await QUEUED[name](vestibule)
            await send_due(vestibule)
            began = vestibule.clock.now()
            while not (row := await row_of(vestibule, name))["sent_at"]:
                assert row["dropped_at"] is None
                await send_due(vestibule)
                if vestibule.clock.now() - began > 5 * MINUTE:
                    handler.refuse = ""
                vestibule.clock.advance(SECOND * 10)
        assert handler.messages

    @pytest.mark.parametrize("name", QUEUED)
    async def test_a_row_whose_next_try_would_be_too_late_ends_at_once(self, start, smtp, name):
        handler, port = smtp
        handler.refuse = GREYLISTED
        async with start(**smtp_settings(port)) as vestibule:
            await QUEUED[name](vestibule)
            await send_due(vestibule)
            while (row := await row_of(vestibule, name))["dropped_at"] is None:
                vestibule.clock.advance(row["next_try_at"] - vestibule.clock.now() + 1)
                await send_due(vestibule)
            assert row["dropped_at"] < row["expires_at"]
            assert row["last_error"].startswith("expires before the next try; ")
            assert "451" in row["last_error"]

    async def test_a_code_for_a_sign_in_that_is_over_is_not_sent(self, start, smtp):
        handler, port = smtp
        handler.refuse = GREYLISTED
        async with start(**smtp_settings(port)) as vestibule:
            await signing_in(vestibule)
            await send_due(vestibule)
            await vestibule.run("UPDATE login_attempts SET finished_at = 1")
            handler.refuse = ""
            vestibule.clock.advance(MINUTE)
            await send_due(vestibule)
            assert (await row_of(vestibule, "sign_in"))["last_error"] == "the sign-in is over"

    async def test_a_job_that_comes_too_late_is_not_run(self, vestibule):
        await vestibule.register()
        await vestibule.mails()
        for path in ("forgot-password", "resend-code"):
            assert (await vestibule.post(f"/api/auth/{path}", {"email": "alice@example.com"})).status_code == 200
        await vestibule.verify()
        browser = vestibule.browser()
        await browser.step(await browser.begin(), "email_code")
        vestibule.clock.advance(HOUR * 24)
        assert await vestibule.mails("alice", "Reset") == []
        assert await vestibule.mails("alice", "Sign in") == []
        dropped = await vestibule.rows("SELECT name FROM outbox WHERE dropped_at IS NOT NULL ORDER BY name")
        assert [row["name"] for row in dropped] == ["password_reset", "sign_in", "verification"]

    async def test_a_job_for_a_sign_in_that_is_over_sends_nothing(self, vestibule):
        await signing_in(vestibule)
        await vestibule.run("UPDATE login_attempts SET finished_at = 1")
        assert await vestibule.mails("alice", "Sign in") == []

    @pytest.mark.parametrize("lifetime", ["10s", "59s", "1m", "90s"])
    async def test_no_email_says_that_it_works_for_no_time(self, start, lifetime):
        async with start(VERIFICATION_LIFETIME=lifetime) as vestibule:
            await vestibule.register()
            assert "once, for 1 minutes" in (await vestibule.mails("alice", "Confirm"))[0]["text"]


EMAILS = [name for name, maker in vars(Notifications).items() if inspect.isfunction(maker) and name[0] != "_"]
WITH_DIGITS = {"verify_email", "sign_in"}


@pytest.fixture
async def alice(vestibule):
    await vestibule.register()
    await vestibule.mails()
    return vestibule


async def queue(vestibule, name):
    """Queue this email of Notifications, with a link that works. Returns whether it is about a request."""
    user = await vestibule.services.accounts.administration.find("alice")
    notify = getattr(vestibule.services.records.notifications, name)
    given = {
        "user": user, "device": DEVICE, "to": user.email, "new_email": "new@example.com", "name": "<b>Key</b>",
        "ready": 5, "left": 3, "on": True,
        "taken": TakenBack({Thing.SESSIONS: 2, Thing.EMAIL_CHANGE: 1}, {Thing.API_KEYS: 1}),
    }  # fmt: skip
    async with vestibule.database.writing() as work:
        codes = vestibule.services.credentials.one_time_codes
        code = await codes.issue(work, CodePurpose.DELETION_UNDO, user.id, user.id, HOUR)
        given |= {"work": work, "code": replace(code, digits="123456") if name in WITH_DIGITS else code}
        wanted = inspect.signature(notify).parameters
        await notify(**{wish: given[wish] for wish in wanted})
    return "device" in wanted


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_every_email_says_what_when_where_and_what_to_do(alice, language):
    await alice.run("UPDATE users SET locale = $1", language)
    assert len(EMAILS) > 20
    now = to_datetime(alice.clock.now()).strftime("%Y-%m-%d %H:%M")
    for name in EMAILS:
        about_a_request = await queue(alice, name)
        (mail, *_) = await alice.mails()
        assert mail["subject"]
        assert "{" not in mail["text"] + mail["subject"]
        assert "<b>Key" not in mail["html"]
        if about_a_request:
            for fact in (now, "UTC", device_label(DEVICE.user_agent), DEVICE.address):
                assert fact in mail["text"], name
            assert "/auth/" in mail["text"]


class TestAlerts:
    """An alert tells of an event: it is sent however late, but never with a link that is dead."""

    async def test_while_its_link_works_it_has_one(self, alice):
        for name in EMAILS:
            await queue(alice, name)
            text = (await alice.mails())[0]["text"]
            assert ("#" in text) == (name != "account_exists"), name

    async def test_once_its_link_is_dead_it_has_none(self, alice):
        for name in EMAILS:
            await queue(alice, name)
        await alice.run("UPDATE one_time_codes SET voided_at = 1")
        before = len(await alice.rows("SELECT 1 FROM outbox WHERE sent_at IS NOT NULL AND kind = 'email'"))
        mails = await alice.mails()
        rows = await alice.rows("SELECT name FROM outbox WHERE dropped_at IS NOT NULL")
        assert {row["name"] for row in rows} == {"verify_email", "password_reset", "sign_in"}
        late = mails[: len(mails) - before]
        assert len(late) == len(EMAILS) - 3
        for mail in late:
            assert not re.search(r"/auth/[a-z-]+#|\blink\b", mail["text"] + mail["html"]), mail["subject"]

    async def test_a_notice_for_an_account_that_is_gone_is_not_sent(self, vestibule):
        await vestibule.register()
        await vestibule.mails()
        user = await vestibule.services.accounts.administration.find("alice")
        async with vestibule.database.writing() as work:
            await vestibule.services.records.notifications.account_exists(work, user)
        await vestibule.run("UPDATE users SET deleted_at = 1")
        assert await vestibule.mails("alice", "already have") == []
        assert (await row_of(vestibule, "account_exists"))["dropped_at"]

    async def test_an_alert_that_the_account_is_gone_is_sent(self, vestibule):
        tokens = await vestibule.signed_in()
        await vestibule.http.request("DELETE", "/api/account", json={"password": PASSWORD}, headers=bearer(tokens))
        (mail,) = await vestibule.mails("alice", "deleted")
        assert "/auth/undo#restore=" in mail["text"]
