"""Mail leaves through a real SMTP conversation, through Resend's HTTP contract, or into the mailbox; none is lost."""

import asyncio
import ssl

import pytest

from harness import PASSWORD
from mail_servers import resend_api, resend_settings, smtp_server, smtp_settings
from vestibule import i18n
from vestibule.adapters.outbound_http import OutboundHttp
from vestibule.adapters.resend import ResendMailSender
from vestibule.adapters.smtp import SmtpMailSender, SmtpServer
from vestibule.domain.mail import Mail, Mailbox, OutboxKind
from vestibule.domain.outbound import OutboundRule, parse_networks
from vestibule.domain.ports import MailRefused

MAIL = Mail("alice@example.com", "Grüße", "Text: ü", "<p>HTML: ü</p>", "test")
SECOND = 1_000_000


@pytest.fixture
def smtp():
    with smtp_server() as (handler, port):
        yield handler, port


@pytest.fixture
def resend():
    with resend_api() as api:
        yield api


class TestSmtp:
    async def test_a_registration_arrives_with_text_and_html(self, start, smtp):
        handler, port = smtp
        async with start(**smtp_settings(port)) as vestibule:
            await vestibule.register()
            assert await vestibule.services.records.outbox.send_due() == 1
        (message,) = handler.messages
        assert message["From"] == "Vestibule <no-reply@example.com>"
        assert message["To"] == "alice@example.com"
        assert message["Subject"] == "Confirm your email address"
        assert message["Message-ID"].startswith("<mail_")
        text = message.get_body(("plain",)).get_content()
        html = message.get_body(("html",)).get_content()
        assert "#token=vst_vfy_" in text
        assert "#token=vst_vfy_" in html

    async def test_a_server_without_the_tls_we_ask_for_gets_no_mail(self, smtp):
        handler, port = smtp
        for tls in ("starttls", "implicit"):
            sender = SmtpMailSender(SmtpServer("127.0.0.1", port, "", "", tls), Mailbox("", "a@b.io"))
            with pytest.raises((Exception, ssl.SSLError)):
                await sender.send(MAIL, idempotency_key="mail_1")
        assert handler.messages == []

    async def test_wrong_credentials_keep_the_mail(self, start, smtp):
        handler, port = smtp
        async with start(**{**smtp_settings(port), "SMTP_PASSWORD": "wrong", "MAIL_TIMEOUT": "1"}) as vestibule:
            await vestibule.register()
            await vestibule.services.records.outbox.send_due()
            assert (await vestibule.services.records.outbox.state()).pending == 1
        assert handler.messages == []

    async def test_a_refused_recipient_is_a_dead_letter_at_once(self, start, smtp):
        handler, port = smtp
        handler.refuse = "550 no such user"
        async with start(**smtp_settings(port)) as vestibule:
            await vestibule.register()
            await vestibule.services.records.outbox.send_due()
            state = await vestibule.services.records.outbox.state()
            assert (state.pending, state.dead) == (0, 1)
            row = (await vestibule.rows("SELECT payload_sealed, last_error FROM outbox"))[0]
            assert row["payload_sealed"] is None
            assert "550" in row["last_error"]

    async def test_a_recipient_refused_for_now_is_tried_again(self, start, smtp):
        handler, port = smtp
        handler.refuse = "451 later"
        async with start(**smtp_settings(port)) as vestibule:
            await vestibule.register()
            await vestibule.services.records.outbox.send_due()
            handler.refuse = ""
            assert await vestibule.services.records.outbox.send_due() == 0
            vestibule.clock.advance(6 * SECOND)
            assert await vestibule.services.records.outbox.send_due() == 1
        assert len(handler.messages) == 1


class TestResend:
    async def test_speaks_its_contract(self, start, resend):
        async with start(**resend_settings(resend)) as vestibule:
            await vestibule.register()
            await vestibule.services.records.outbox.send_due()
        ((path, headers, body),) = resend.requests
        assert path == "/emails"
        assert headers["Authorization"] == "Bearer re_123456789"
        assert headers["Idempotency-Key"].startswith("mail_")
        assert body.keys() == {"from", "to", "subject", "text", "html"}
        assert (body["from"], body["to"]) == ("no-reply@example.com", ["alice@example.com"])

    @pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
    async def test_tries_again_under_the_same_key_when_it_may_pass(self, start, resend, status):
        resend.status = status
        async with start(**resend_settings(resend)) as vestibule:
            await vestibule.register()
            await vestibule.services.records.outbox.send_due()
            resend.status = 200
            vestibule.clock.advance(6 * SECOND)
            await vestibule.services.records.outbox.send_due()
            assert (await vestibule.services.records.outbox.state()).pending == 0
        keys = {headers["Idempotency-Key"] for _, headers, _ in resend.requests}
        assert len(resend.requests) == 2
        assert len(keys) == 1

    async def test_a_mail_it_never_takes_is_refused(self, resend):
        resend.status = 422
        url = f"http://127.0.0.1:{resend.server_port}"
        http = OutboundHttp(OutboundRule(parse_networks(["127.0.0.1/32"])))
        sender = ResendMailSender(http, api_key="re_1", sender=Mailbox("", "a@b.io"), base_url=url)
        with pytest.raises(MailRefused):
            await sender.send(MAIL, idempotency_key="mail_1")
        await sender.close()


class TestOutbox:
    async def test_a_provider_that_is_down_loses_nothing_and_holds_up_nobody(self, start):
        # Nothing listens there; and an email is looked at that makes sense for longer than that lasts.
        async with start(**smtp_settings(9), VERIFICATION_LIFETIME="30d") as vestibule:
            assert (await vestibule.register()).status_code == 201
            for _ in range(3):
                await vestibule.services.records.outbox.send_due()
                vestibule.clock.advance(3600 * SECOND)
            state = await vestibule.services.records.outbox.state()
            assert (state.pending, state.dead) == (1, 0)
            vestibule.clock.advance(1)
            ready = (await vestibule.get("/health/ready")).json()
            assert ready["status"] == "degraded"
            assert ready["outboxAgeSeconds"] > 600

    async def test_gives_up_after_the_last_try_and_keeps_the_dead_letter_without_its_content(self, start):
        async with start(**smtp_settings(9), VERIFICATION_LIFETIME="30d") as vestibule:
            await vestibule.register()
            for _ in range(12):
                await vestibule.services.records.outbox.send_due()
                vestibule.clock.advance(24 * 3600 * SECOND)
            state = await vestibule.services.records.outbox.state()
            assert (state.pending, state.dead) == (0, 1)
            assert (await vestibule.get("/health/ready")).json()["deadLetters"] == 1

    async def test_many_senders_send_each_mail_once(self, start, smtp):
        handler, port = smtp
        async with start(**smtp_settings(port)) as vestibule:
            for number in range(10):
                await vestibule.register(f"user{number}")
            await asyncio.gather(*(vestibule.services.records.outbox.send_due() for _ in range(8)))
        assert len(handler.messages) == 10
        assert len({message["To"] for message in handler.messages}) == 10

    async def test_a_worker_that_died_while_sending_is_replaced_after_its_lease(self, vestibule):
        await vestibule.register()
        async with vestibule.database.writing() as work:
            (item_id,) = await work.outbox.due(vestibule.clock.now(), 10)
            now = vestibule.clock.now()
            assert await work.outbox.claim(item_id, now, now + 120 * SECOND)
        assert await vestibule.services.records.outbox.send_due() == 0
        vestibule.clock.advance(121 * SECOND)
        assert await vestibule.services.records.outbox.send_due() == 1

    async def test_a_mail_that_was_not_committed_is_not_sent(self, vestibule):
        async def queue_and_fail():
            async with vestibule.database.writing() as work:
                now = vestibule.clock.now()
                await work.outbox.add("mail_x", OutboxKind.EMAIL, "test", "sealed", now, due_at=now)
                raise RuntimeError

        with pytest.raises(RuntimeError):
            await queue_and_fail()
        assert await vestibule.rows("SELECT 1 FROM outbox") == []


class TestContent:
    async def test_mails_follow_the_language_of_the_user(self, vestibule):
        body = {"username": "alice", "email": "alice@example.com", "password": PASSWORD}
        await vestibule.post("/api/auth/register", body, **{"Accept-Language": "fr, de-AT;q=0.8, en;q=0.2"})
        mail = (await vestibule.mails("alice@example.com"))[0]
        assert mail["subject"] == "Bestätige deine E-Mail-Adresse"
        assert "Dein Code" in mail["text"]

    def test_every_language_has_every_sentence_with_the_same_blanks(self):
        import string

        def blanks(sentence):
            return sorted(name for _, name, _, _ in string.Formatter().parse(sentence) if name)

        english = i18n.catalogue("en")
        for language in i18n.LANGUAGES:
            other = i18n.catalogue(language)
            assert other.keys() == english.keys()
            assert {key: blanks(text) for key, text in other.items()} == {
                key: blanks(text) for key, text in english.items()
            }
