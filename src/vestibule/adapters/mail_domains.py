"""Checks of the domain of an email address: throw-away mailboxes, and domains that accept no email.

The operator switches on each of them.
"""

from typing import Any

from vestibule.observability.logs import get_logger

_TIMEOUT_SECONDS = 3.0
_log = get_logger("mail_domains")


class DomainChecks:
    """The configured domain checks. When a name server does not respond, the domain is accepted."""

    def __init__(self, *, disposable: bool, mail_exchanger: bool, resolver: Any = None) -> None:
        self._disposable = disposable
        self._mail_exchanger = mail_exchanger
        self._resolver = resolver

    async def refuses(self, domain: str) -> str | None:
        """Return `disposable` for a throw-away mailbox, `no_mail` for a domain that accepts no email, else None.

        A domain accepts no email when it does not exist, has no mail server, or has a null MX record (RFC 7505).
        """
        if self._disposable and _is_disposable(domain):
            return "disposable"
        if self._mail_exchanger and await self._takes_no_mail(domain):
            return "no_mail"
        return None

    async def _takes_no_mail(self, domain: str) -> bool:
        import dns.asyncresolver
        import dns.exception
        import dns.resolver

        resolver = self._resolver or dns.asyncresolver.get_default_resolver()
        try:
            answer = await resolver.resolve(domain, "MX", lifetime=_TIMEOUT_SECONDS)
        except dns.resolver.NXDOMAIN:
            return True
        except dns.resolver.NoAnswer:
            return not await self._has_address(resolver, domain)
        except dns.exception.DNSException as error:
            _log.warning("lookup_failed", error=type(error).__name__)
            return False
        return all(str(record.exchange) == "." for record in answer)

    async def _has_address(self, resolver: Any, domain: str) -> bool:
        """Whether the domain has an A or AAAA record: without an MX record, email goes there (RFC 5321 section 5.1)."""
        import dns.exception
        import dns.resolver

        for kind in ("A", "AAAA"):
            try:
                await resolver.resolve(domain, kind, lifetime=_TIMEOUT_SECONDS)
            except dns.resolver.NoAnswer:
                continue
            except dns.exception.DNSException:
                return True
            return True
        return False


def _is_disposable(domain: str) -> bool:
    # Imported here, because the list takes a quarter of a megabyte and the check is optional.
    from disposable_email_domains import blocklist

    parts = domain.lower().split(".")
    return any(".".join(parts[n:]) in blocklist for n in range(len(parts) - 1))
