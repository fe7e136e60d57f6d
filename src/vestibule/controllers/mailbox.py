"""Controllers of the development mailbox."""

import re

import msgspec

from vestibule.domain.errors import NotFound
from vestibule.domain.mail import SentMail
from vestibule.http.call import Answer, Call
from vestibule.schemas.base import timestamp
from vestibule.schemas.system import MailView

_LINK = re.compile(r"https?://\S+")
_CODE = re.compile(r"(?<![\d#])\d{6}(?!\d)")
_FRAME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


async def list_mails(call: Call[None]) -> Answer:
    """List all emails, newest first, with their links and codes. Pending ones are sent first. Development only."""
    await call.services.records.outbox.flush()
    mails = [_view(mail) for mail in _read(call)]
    return Answer(text=msgspec.json.encode(mails).decode())


async def mail_html(call: Call[None]) -> Answer:
    """Get the HTML of an email, for a sandboxed frame. Development only."""
    wanted = call.request.path_params["id"]
    for mail in _read(call):
        if mail.id == wanted:
            headers = {"Content-Security-Policy": _FRAME_POLICY, "X-Frame-Options": "SAMEORIGIN"}
            return Answer(text=mail.html, media_type="text/html; charset=utf-8", headers=headers)
    raise NotFound


def _read(call: Call[None]) -> list[SentMail]:
    if call.services.operations.mailbox is None:
        raise NotFound("Emails leave through a mail server here; there is no mailbox.")
    return list(call.services.operations.mailbox())


def _view(mail: SentMail) -> MailView:
    return MailView(
        id=mail.id,
        to=mail.to,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        links=_LINK.findall(mail.text),
        codes=_CODE.findall(_LINK.sub("", mail.text)),
        sent_at=timestamp(mail.sent_at),
    )
