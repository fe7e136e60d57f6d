"""Other services as they may be: servers on loopback that answer with these bytes, and a resolver with these answers."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Respond = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Names:
    """A resolver: each name has a list of answers, of which the last one stays. It counts what it is asked for."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self.answers = answers
        self.lookups: list[str] = []

    async def resolve(self, name: str) -> list[str]:
        self.lookups.append(name)
        answers = self.answers.get(name)
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def close(self) -> None:
        """Nothing is open."""


class Service:
    """A server that keeps the heads of its requests; `respond` is called after each."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.connections = 0
        self.heads: list[str] = []
        self._running: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._running[asyncio.current_task()] = writer
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
                await self.respond(reader, writer)
                await writer.drain()
        writer.close()

    async def end(self) -> None:
        for writer in self._running.values():
            writer.transport.abort()
        await asyncio.gather(*self._running)


def saying(*parts: bytes) -> Respond:
    """Answers with these bytes."""

    async def respond(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in parts:
            writer.write(part)

    return respond


def endlessly(head: bytes, part: bytes, *, pause: float = 0) -> Respond:
    """Answers with a head, and then with one part after the other until the client is gone."""

    async def respond(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return respond


async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Answers nothing until the client is gone."""
    await reader.read()


_GREETING = saying(HELLO)


@asynccontextmanager
async def service(respond: Respond = _GREETING, *, host="127.0.0.1", port=0, tls: ssl.SSLContext | None = None):
    """A service at this address; yields it with its port as `port`."""
    running = Service(respond)
    server = await asyncio.start_server(running.serve, host, port, ssl=tls)
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        await running.end()


class Authority:
    """A certificate authority in a folder, whose own certificate is `path`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Authority of a test")])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._signed(self._name, self._key.public_key(), constraints)
        self.path = folder / "authority.pem"
        self.path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def context(self, name: str, **ends: datetime) -> ssl.SSLContext:
        """The server's side of TLS with a certificate for this name; it keeps the names that clients send as `sni`."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        certificate = self._signed(subject, key.public_key(), x509.SubjectAlternativeName([x509.DNSName(name)]), **ends)
        path = self._folder / f"{name}.pem"
        plain = serialization.NoEncryption()
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(self, subject, key, extension, ends=None):
        ends = ends or datetime.now(UTC) + timedelta(days=1)
        builder = x509.CertificateBuilder(self._name, subject, key, x509.random_serial_number())
        dated = builder.not_valid_before(ends - timedelta(days=3)).not_valid_after(ends)
        return dated.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints)).sign(
            self._key, hashes.SHA256()
        )
