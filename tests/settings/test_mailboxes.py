"""The sender is one mailbox (RFC 5322 section 3.4), parsed at the start: what is no mailbox stops the start."""

import pytest

from harness import SECRET
from mail_servers import resend_api, resend_settings, smtp_server, smtp_settings
from vestibule import settings
from vestibule.settings import SettingsError

ADDRESS = "no-reply@acme.example"
GOOD = [
    (ADDRESS, "", ADDRESS),
    (f"<{ADDRESS}>", "", ADDRESS),
    (f"  Acme  <{ADDRESS}> ", "Acme", ADDRESS),
    (f"Acme, Inc. <{ADDRESS}>", "Acme, Inc.", ADDRESS),
    (f'"Acme, Inc." <{ADDRESS}>', "Acme, Inc.", ADDRESS),
    (f'"Acme \\"Fast\\" Inc" <{ADDRESS}>', 'Acme "Fast" Inc', ADDRESS),
    (f"Acme (Login); Team: all <{ADDRESS}>", "Acme (Login); Team: all", ADDRESS),
    (f"Acme Inc.<{ADDRESS}>", "Acme Inc.", ADDRESS),
    (f"Müller, Söhne & Co. KG <{ADDRESS}>", "Müller, Söhne & Co. KG", ADDRESS),
    (f"株式会社、例 <{ADDRESS}>", "株式会社、例", ADDRESS),
    (f"{'A, ' * 19}Z <{ADDRESS}>", f"{'A, ' * 19}Z", ADDRESS),
    ("Acme <no-reply+x=1@mail.acme.example>", "Acme", "no-reply+x=1@mail.acme.example"),
    ("Acme <no-reply@bücher.example>", "Acme", "no-reply@xn--bcher-kva.example"),
    ("root@localhost", "", "root@localhost"),
]
BAD = [
    "Acme",
    "Acme, Inc.",
    "@acme.example",
    "no-reply@",
    "no-reply",
    "<>",
    "Acme <>",
    f"Acme {ADDRESS}",
    f"Acme <{ADDRESS}",
    f"Acme {ADDRESS}>",
    f"Acme <{ADDRESS}> Inc.",
    f"Acme <<{ADDRESS}>>",
    f"{ADDRESS}, other@acme.example",
    f"{ADDRESS}; other@acme.example",
    f"Acme <{ADDRESS}>, Other <other@acme.example>",
    f"other@acme.example <{ADDRESS}>",
    f"Team: Acme <{ADDRESS}>;",
    f'"Acme <{ADDRESS}>',
    f'Acme" <{ADDRESS}>',
    f'"Acme" Inc <{ADDRESS}>',
    f'"Acme <{ADDRESS}>"',
    f"Acme\r\nBcc: all@acme.example <{ADDRESS}>",
    f"Acme\u2028Inc <{ADDRESS}>",
    f"Acme\x00 <{ADDRESS}>",
    f"{ADDRESS} (Acme)",
    f"{'A' * 61} <{ADDRESS}>",
    "Acme <no reply@acme.example>",
    "Acme <no..reply@acme.example>",
    "Acme <.no-reply@acme.example>",
    'Acme <"no reply"@acme.example>',
    "Acme <no-reply@acme@example.com>",
    "Acme <grüße@acme.example>",
    "Acme <no-reply@[192.0.2.1]>",
    "Acme <no-reply@192.0.2.1>",
    "Acme <no-reply@acme_inc.example>",
    "Acme <no-reply@-acme.example>",
    "Acme <no-reply@acme.example.>",
    f"Acme <{'a' * 65}@acme.example>",
    f"Acme <a@{'a.' * 126}example>",
    "mailto:no-reply@acme.example ",
]


@pytest.fixture
def smtp():
    with smtp_server() as (handler, port):
        yield handler, port


@pytest.mark.parametrize(("raw", "name", "address"), GOOD)
async def test_an_email_comes_from_the_address_and_shows_the_name(sqlite_url, tmp_path, smtp, raw, name, address):
    from harness import running

    handler, port = smtp
    async with running(sqlite_url, tmp_path, **{**smtp_settings(port), "MAIL_FROM": raw}) as vestibule:
        await vestibule.register()
        await vestibule.register("björn", "björn@example.com")  # with SMTPUTF8, whose headers are written otherwise
        await vestibule.services.records.outbox.send_due()
    assert handler.senders == [address, address]
    for message in handler.messages:
        (shown,) = message["From"].addresses
        assert (shown.display_name, shown.addr_spec) == (name, address)
        assert message["Message-ID"].endswith(f"@{address.rpartition('@')[2]}>")


async def test_resend_gets_the_mailbox_quoted(sqlite_url, tmp_path):
    from harness import running

    with resend_api() as api:
        given = {**resend_settings(api), "MAIL_FROM": f"Acme, Inc. <{ADDRESS}>"}
        async with running(sqlite_url, tmp_path, **given) as vestibule:
            await vestibule.register()
            await vestibule.services.records.outbox.send_due()
        ((_, _, body),) = api.requests
    assert body["from"] == f'"Acme, Inc." <{ADDRESS}>'


@pytest.mark.parametrize("raw", BAD)
def test_everything_else_is_refused_at_the_start_with_its_fix(raw):
    given = {
        "VESTIBULE_PUBLIC_URL": "https://id.example.com",
        "VESTIBULE_SECRET_KEY": SECRET,
        "VESTIBULE_MAIL_TRANSPORT": "resend",
        "VESTIBULE_RESEND_API_KEY": "re_1",
        "VESTIBULE_MAIL_FROM": raw,
    }
    with pytest.raises(SettingsError) as caught:
        settings.load(environ=given)
    (problem,) = caught.value.problems
    assert problem.name == "VESTIBULE_MAIL_FROM"
    assert problem.got == repr(raw.strip())
    assert problem.expected.startswith("one mailbox, such as ")
    assert problem.fix
