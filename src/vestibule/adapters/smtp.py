"""Sends email through an SMTP server, whose TLS certificate is verified."""

import asyncio
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate
from typing import Literal, cast

import aiosmtplib

from vestibule.domain.mail import Mail, Mailbox
from vestibule.domain.ports import MailRefused

_PERMANENT = range(500, 600)
# Permanent (RFC 5321 section 4.2.1), but about the conversation or our credentials, which the operator may mend:
# unknown command, bad sequence, STARTTLS or AUTH required, credentials refused (RFC 3207, RFC 4954).
_OF_THE_SESSION = frozenset({500, 502, 503, 530, 534, 535, 538})
_TOO_LARGE = 552


@dataclass(frozen=True, slots=True, repr=False)
class SmtpServer:
    """An SMTP server. `tls`: STARTTLS, TLS from the first byte, or none (loopback only)."""

    host: str
    port: int
    username: str
    password: str
    tls: Literal["starttls", "implicit", "none"]

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, {self.tls})"


class SmtpMailSender:
    """Sends each email over a connection of its own: there are few emails, and an idle connection would go stale.

    It has no time limit of its own: the outbox ends a try that takes too long, by cancelling it.
    """

    def __init__(self, server: SmtpServer, sender: Mailbox) -> None:
        self._server = server
        self._sender = sender

    async def close(self) -> None:
        """Do nothing: no connection stays open between two emails."""

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Send an email. Raises MailRefused when the server refuses it for good, else the SMTP or network error."""
        client = self._client()
        try:
            await client.connect()
            await self._deliver(client, mail, idempotency_key)
            # Accepted. The answer to QUIT is not waited for: it could only turn a delivery into a failure.
            if transport := _transport(client):
                transport.write(b"QUIT\r\n")
        except BaseException:
            # Not closed in order: what is still buffered must not arrive after this try counts as failed.
            if transport := _transport(client):
                transport.abort()
            raise
        finally:
            client.close()

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username or None,
            password=server.password or None,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",
            validate_certs=True,
            timeout=None,
        )

    async def _deliver(self, client: aiosmtplib.SMTP, mail: Mail, idempotency_key: str) -> None:
        try:
            message = self._message(mail, idempotency_key)
            await client.send_message(message, sender=self._sender.address, recipients=[mail.to])
        except (aiosmtplib.SMTPException, ValueError) as error:
            if refusal := _refusal(error):
                raise MailRefused(refusal) from error
            raise

    def _message(self, mail: Mail, idempotency_key: str) -> EmailMessage:
        local, _, domain = mail.to.rpartition("@")
        message = EmailMessage()
        message["From"] = Address(self._sender.name, addr_spec=self._sender.address)
        message["To"] = Address(username=local, domain=domain)
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = f"<{idempotency_key}@{self._sender.address.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message


def _transport(client: aiosmtplib.SMTP) -> asyncio.Transport | None:
    return cast("asyncio.Transport | None", client.transport)


def _refusal(error: Exception) -> str:
    """Return why the server will never take this email; empty when it may take it later, or once it is set up right."""
    match error:
        case aiosmtplib.SMTPNotSupported():
            return "the server takes no address beyond ASCII (no SMTPUTF8, RFC 6531)"
        case aiosmtplib.SMTPRecipientsRefused(recipients=[refused]):
            return f"{refused.code} {refused.message}" if _is_final(refused.code) else ""
        case aiosmtplib.SMTPSenderRefused(code=code, message=message):
            return f"{code} {message}" if code == _TOO_LARGE else ""
        case aiosmtplib.SMTPDataError(code=code, message=message):
            return f"{code} {message}" if _is_final(code) else ""
        case ValueError():
            return f"no message can be made of it: {error}"
    return ""


def _is_final(code: int) -> bool:
    """Whether an answer to RCPT or DATA means that this email will never be taken."""
    return code in _PERMANENT and code not in _OF_THE_SESSION
