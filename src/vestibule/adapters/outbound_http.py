"""All HTTP requests of Vestibule to other services: guarded against addresses that are not meant to be called, and
against services that answer slowly, endlessly or not at all (ASVS 1.3.6, 13.2.4, 15.3.2; docs/security/outbound.md).

On httpcore, not httpx: it knows no redirects, cookies, proxies of the environment, .netrc and decompression, so that
nothing of it has to be switched off.
"""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from vestibule.adapters.outbound_connections import Connector, Resolver, SystemResolver
from vestibule.domain.outbound import (
    Failure,
    NoAnswer,
    OutboundError,
    OutboundRule,
    Target,
    TargetRefused,
    parse_target,
)
from vestibule.observability.logs import get_logger

_HEAD_BYTES = 64 * 1024
_IDLE_SECONDS = 30.0
_NOTHING: Mapping[str, str] = MappingProxyType({})
_log = get_logger("outbound_http")


@dataclass(frozen=True, slots=True)
class OutboundLimits:
    """What one use of other services may cost.

    `seconds` for a request as a whole, of which resolving, connecting to one address, the TLS handshake and the wait
    for a free connection may take half each; `most_bytes` of the body; `connections` at once.
    """

    seconds: float = 5.0
    most_bytes: int = 64 * 1024
    connections: int = 20


_DEFAULT = OutboundLimits()


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a service answered; a redirect is an answer like any other, and never followed."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx (RFC 9110 section 15.3)."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class OutboundHttp:
    """An HTTP/1.1 client for one use of other services, with connections of its own: when one use waits for a service
    that is slow, the others do not.
    """

    def __init__(
        self, rule: OutboundRule, limits: OutboundLimits = _DEFAULT, *, resolver: Resolver | None = None
    ) -> None:
        self._rule = rule
        self._limits = limits
        self._resolver = resolver or SystemResolver()
        self._pools: dict[str, Any] = {}

    async def request(
        self, method: str, url: str, *, headers: Mapping[str, str] = _NOTHING, content: bytes | None = None
    ) -> Answer:
        """Send one request and return what is answered, whatever its status.

        Raises TargetRefused when the target may not be called, NoAnswer when it gives no answer within the limits.
        """
        host = ""
        try:
            target = parse_target(url)
            host = target.host
            if reason := self._rule.early_refusal(target):
                raise TargetRefused(reason)
            return await self._exchange(target, method, headers, content)
        except OutboundError as error:
            # The URL is left out: its path and query may be secrets.
            refused = isinstance(error, TargetRefused)
            _log.warning("refused" if refused else "no_answer", host=host, reason=error.reason, detail=error.detail)
            raise

    async def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()
        self._resolver.close()

    async def _exchange(self, target: Target, method: str, headers: Mapping[str, str], content: bytes | None) -> Answer:
        # Imported here, because it costs an eighth of a second, and calling other services is optional.
        import httpcore

        whole = self._limits.seconds
        seconds = {"connect": whole / 2, "pool": whole / 2, "write": whole, "read": whole}
        own = {"Host": target.authority, "User-Agent": "vestibule", "Accept-Encoding": "identity"}
        request = {"headers": [*own.items(), *headers.items()], "content": content, "extensions": {"timeout": seconds}}
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        try:
            async with asyncio.timeout(whole), self._pool(target.scheme).stream(method, url, **request) as answer:
                return Answer(answer.status, await self._body(answer))
        except (TimeoutError, httpcore.TimeoutException):
            raise NoAnswer(Failure.TIMEOUT) from None
        except httpcore.ConnectError as error:
            raise _unconnected(error.args[:1]) from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError):
            # Without the error itself: its text may quote what the service sent.
            raise NoAnswer(Failure.BROKEN) from None

    async def _body(self, answer: Any) -> bytes:
        """Return the body. What is compressed is not read: a few bytes of it could become gigabytes."""
        if any(name.lower() == b"content-encoding" and value.lower() != b"identity" for name, value in answer.headers):
            raise NoAnswer(Failure.ENCODED)
        body = bytearray()
        async for chunk in answer.aiter_stream():
            body += chunk
            if len(body) > self._limits.most_bytes:
                raise NoAnswer(Failure.TOO_LARGE)
        return bytes(body)

    def _pool(self, scheme: str) -> Any:
        """Return the connections of a scheme, which do not mix: what may be called depends on it."""
        import httpcore

        if scheme not in self._pools:
            # Twice the body, since it may come in small chunks.
            most = _HEAD_BYTES + 2 * self._limits.most_bytes
            backend: Any = Connector(self._rule, self._resolver, scheme=scheme, most_bytes=most)
            self._pools[scheme] = httpcore.AsyncConnectionPool(
                ssl_context=_trust() if scheme == "https" else None,
                max_connections=self._limits.connections,
                max_keepalive_connections=self._limits.connections,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=backend,
            )
        return self._pools[scheme]


def _trust() -> ssl.SSLContext:
    """Trust what the system trusts (or SSL_CERT_FILE and SSL_CERT_DIR, OpenSSL's own settings), where an operator's own
    authority stands, and Mozilla's list, since some systems have none.
    """
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _unconnected(cause: tuple[object, ...]) -> NoAnswer:
    """Return why no connection was made, by the error that httpcore's contains: OpenSSL's own words, if it has some."""
    match cause:
        case (ssl.SSLCertVerificationError(verify_message=words),):
            return NoAnswer(Failure.TLS, words)
        case (ssl.SSLError(reason=words),):
            return NoAnswer(Failure.TLS, words or "")
    return NoAnswer(Failure.UNREACHABLE)
