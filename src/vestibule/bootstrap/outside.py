"""What is asked of the outside world, or of files from it, by the settings."""

from vestibule.adapters.breached_passwords import FilterFile, Lists, RangeLookup
from vestibule.adapters.mail_domains import DomainChecks
from vestibule.domain.ports import BreachedPasswords, MailDomains
from vestibule.settings import Settings


def breached_passwords(settings: Settings) -> BreachedPasswords:
    """The lists that are switched on, the local one first."""
    given = settings.passwords
    lists: list[BreachedPasswords] = []
    if given.breached_filter:
        lists.append(FilterFile(given.breached_filter))
    if given.breached_lookup:
        refuse = given.breached_lookup_failure == "refuse"
        lists.append(RangeLookup(given.breached_lookup, refuse_when_unavailable=refuse))
    return Lists(lists)


def mail_domains(settings: Settings) -> MailDomains:
    """The checks of domains that are switched on."""
    flows = settings.flows
    return DomainChecks(disposable=flows.disposable_emails == "refuse", mail_exchanger=flows.email_mx == "check")
