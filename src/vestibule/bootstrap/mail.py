"""Builds the mail transport that the settings name."""

from vestibule.adapters.mailbox import MailboxSender
from vestibule.adapters.outbound_http import OutboundLimits
from vestibule.adapters.resend import ResendMailSender
from vestibule.adapters.smtp import SmtpMailSender, SmtpServer
from vestibule.bootstrap.adapters import outbound_http
from vestibule.domain.ports import MailSender
from vestibule.settings import Settings


def keeps_mail(settings: Settings) -> bool:
    """Whether emails stay on this machine, to be read in the development mailbox."""
    return settings.is_development and settings.mail.transport in {"", "mailbox"}


def mail_sender(settings: Settings, mailbox: MailboxSender) -> MailSender:
    """Return the configured transport; by default the mailbox in development."""
    mail = settings.mail
    if mail.transport == "resend":
        http = outbound_http(settings, OutboundLimits(seconds=mail.timeout))
        return ResendMailSender(http, api_key=mail.resend_api_key, sender=mail.sender, base_url=mail.resend_url)
    if mail.transport == "smtp":
        server = SmtpServer(mail.smtp_host, mail.smtp_port, mail.smtp_username, mail.smtp_password, mail.smtp_tls)
        return SmtpMailSender(server, mail.sender)
    return mailbox
