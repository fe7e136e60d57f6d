"""Builds the adapters that the settings switch on: to other services, to files from them, and for sending email."""

from vestibule.adapters.breached_passwords import FilterFile, Lists, RangeLookup
from vestibule.adapters.mail_domains import DomainChecks
from vestibule.adapters.mailbox import MailboxSender
from vestibule.adapters.outbound_http import OutboundHttp, OutboundLimits
from vestibule.adapters.resend import ResendMailSender
from vestibule.domain.outbound import OutboundRule
from vestibule.domain.ports import BreachedPasswords, MailDomains, MailSender
from vestibule.settings import Problem, Settings, SettingsError

# A range of Pwned Passwords has 64 KB by now, and grows with every breach.
_LOOKUP = OutboundLimits(seconds=2.0, most_bytes=512 * 1024)


def outbound_http(settings: Settings, limits: OutboundLimits) -> OutboundHttp:
    """Return a client for one use of other services, which closes it."""
    return OutboundHttp(OutboundRule(settings.server.outbound_networks), limits)


def breached_passwords(settings: Settings) -> BreachedPasswords:
    """Return the lists of breached passwords that are switched on, the local one first.

    Raises SettingsError for a file that is no filter.
    """
    group = settings.passwords
    lists: list[BreachedPasswords] = []
    if group.breached_filter:
        lists.append(_filter_file(group.breached_filter))
    if group.breached_lookup:
        refuse = group.breached_lookup_failure == "refuse"
        http = outbound_http(settings, _LOOKUP)
        lists.append(RangeLookup(http, group.breached_lookup, refuse_when_unavailable=refuse))
    return Lists(lists)


def _filter_file(path: str) -> FilterFile:
    try:
        return FilterFile(path)
    except (OSError, ValueError) as error:
        fix = "Make one with `vestibule passwords build-filter`, or unset it."
        problem = Problem("VESTIBULE_BREACHED_FILTER", path, f"a whole filter file ({error})", fix)
        raise SettingsError([problem]) from error


def mail_domains(settings: Settings) -> MailDomains:
    """Return the checks of email domains that are switched on."""
    flows = settings.flows
    return DomainChecks(disposable=flows.disposable_emails == "refuse", mail_exchanger=flows.email_mx == "check")


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
        from vestibule.adapters.smtp import SmtpMailSender, SmtpServer  # with aiosmtplib, for its users only

        server = SmtpServer(mail.smtp_host, mail.smtp_port, mail.smtp_username, mail.smtp_password, mail.smtp_tls)
        return SmtpMailSender(server, mail.sender)
    return mailbox
