"""Connections to other services: a name is resolved once for each, all its addresses are checked, and the connection is
made to one that was checked. No second look-up exists that could answer differently (DNS rebinding).
"""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any, Protocol

from vestibule.domain.outbound import Failure, NoAnswer, OutboundRule, TargetRefused, is_literal

_THREADS = 4


class Resolver(Protocol):
    """Looks host names up; every connection of its client asks it once."""

    async def resolve(self, name: str) -> Sequence[str]:
        """Return the addresses of a name, best first. Raises OSError when there are none."""
        ...

    def close(self) -> None:
        """Release the threads or connections of the look-ups."""
        ...


class SystemResolver:
    """The operating system's resolver, which reads /etc/hosts too, in threads of its own.

    A look-up cannot be cancelled, and the event loop's own threads also resolve the database's name: names whose
    servers never answer must not keep those busy.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")

    async def resolve(self, name: str) -> list[str]:
        """Return the addresses of a name in ASCII. Raises OSError when there are none."""
        loop = asyncio.get_running_loop()
        # As bytes: a text would be read by Python's IDNA codec first.
        answers = await loop.run_in_executor(self._threads, _look_up, name.encode("ascii"))
        return [str(answer[4][0]) for answer in answers]

    def close(self) -> None:
        """Drop the look-ups that wait for a thread; does not wait for running ones."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(name: bytes) -> list[Any]:
    return socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)


class Connector:
    """Makes the connections of one httpcore pool (a network backend), to checked addresses only.

    `most_bytes` bounds what one answer may take on the wire, with framing, interim answers and trailers, which a limit
    of the body does not see.
    """

    def __init__(self, rule: OutboundRule, resolver: Resolver, *, scheme: str, most_bytes: int) -> None:
        self._rule = rule
        self._resolver = resolver
        self._scheme = scheme
        self._most = most_bytes

    async def connect_tcp(self, host: str, port: int, timeout: float | None = None, **options: Any) -> Any:  # noqa: ASYNC109 - httpcore's interface
        """Return a stream to the host; resolving it, and each address that is tried, may take `timeout` seconds.

        Raises TargetRefused, NoAnswer, and httpcore's ConnectError or ConnectTimeout.
        """
        import httpcore

        addresses = await self._checked(host, port, timeout)
        problem: Exception = NoAnswer(Failure.UNRESOLVED)
        for address in addresses:
            try:
                stream = await httpcore.AnyIOBackend().connect_tcp(address, port, timeout, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _BoundedStream(stream, self._most)
        raise problem

    async def _checked(self, host: str, port: int, seconds: float | None) -> list[str]:
        addresses = [ip_address(text) for text in await self._resolved(host, seconds)]
        if reason := self._rule.refusal(self._scheme, port, addresses):
            raise TargetRefused(reason)
        return [str(address) for address in addresses]

    async def _resolved(self, host: str, seconds: float | None) -> Sequence[str]:
        if is_literal(host):
            return [host]
        try:
            async with asyncio.timeout(seconds):
                return await self._resolver.resolve(host)
        except TimeoutError:
            raise NoAnswer(Failure.TIMEOUT, "name server") from None
        except OSError:
            raise NoAnswer(Failure.UNRESOLVED) from None


class _BoundedStream:
    """A connection's bytes (a network stream of httpcore); an answer that takes more than `most` of them is left."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream = stream
        self._most = most
        self._received = 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's interface
        data: bytes = await self._stream.read(max_bytes, timeout)
        self._received += len(data)
        if self._received > self._most:
            raise NoAnswer(Failure.TOO_LARGE)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's interface
        self._received = 0  # the next request on this connection, and its own answer
        await self._stream.write(buffer, timeout)

    async def start_tls(self, *arguments: Any, **options: Any) -> "_BoundedStream":
        try:
            return _BoundedStream(await self._stream.start_tls(*arguments, **options), self._most)
        except BaseException:
            # httpcore closes it at its own time limit, but not when the request ends, which is cancelled then.
            await self._stream.aclose()
            raise

    async def aclose(self) -> None:
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
