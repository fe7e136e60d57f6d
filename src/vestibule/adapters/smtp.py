"""Sends email through an SMTP server, whose TLS certificate is verified."""

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Literal

import aiosmtplib

from vestibule.domain.mail import Mail
from vestibule.domain.ports import MailRefused

_PERMANENT = range(550, 560)


@dataclass(frozen=True, slots=True, repr=False)
class SmtpServer:
    """An SMTP server. `tls`: STARTTLS, TLS from the first byte, or none (loopback only). `timeout` is in seconds."""

    host: str
    port: int
    username: str
    password: str
    tls: Literal["starttls", "implicit", "none"]
    timeout: float

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.tls})"


class SmtpMailSender:
    """Sends each email over a connection of its own: there are few emails, and an idle connection would go stale."""

    def __init__(self, server: SmtpServer, sender: str) -> None:
        self._server = server
        self._sender = sender

    async def close(self) -> None:
        """Do nothing: no connection stays open between two emails."""

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Send an email. Raises MailRefused when its recipient is refused for good, else the SMTP or network error."""
        server = self._server
        try:
            await aiosmtplib.send(
                self._message(mail, idempotency_key),
                hostname=server.host,
                port=server.port,
                username=server.username or None,
                password=server.password or None,
                use_tls=server.tls == "implicit",
                start_tls=server.tls == "starttls",
                validate_certs=True,
                timeout=server.timeout,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code in _PERMANENT for refused in error.recipients):
                raise MailRefused(str(error)) from error
            raise

    def _message(self, mail: Mail, idempotency_key: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = f"<{idempotency_key}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message
