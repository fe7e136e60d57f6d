"""An SMTP server that records what it receives and can be made to fail."""

import asyncio
import contextlib
import re
import time
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller

from cluster import free_port


class SmtpServer:
    """Records recipients, message ids and links of the emails that arrive.

    `mode`: `normal`, `busy` (refuses recipients with 421), `tarpit` (answers RCPT after 4 s) or `dropping` (closes the
    connection during DATA).
    """

    def __init__(self) -> None:
        self.mode = "normal"
        self.received: list[str] = []
        self.message_ids: list[tuple[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self.port = free_port()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Stop listening: connections are refused until `start`."""
        if self._controller is not None:
            with contextlib.suppress(Exception):
                self._controller.stop()
        self._controller = None

    def link_for(self, to: str, kind: str, *, after: int = 0, seconds: float = 25) -> str:
        """Wait for an email to `to` with a link that contains `kind`, and return what follows `kind` in the newest one.

        The first `after` links of all recipients are ignored. TimeoutError after `seconds`.
        """
        for _ in range(int(seconds / 0.05)):
            secrets = [
                link.partition(kind)[2] for address, link in self.links[after:] if address == to and kind in link
            ]
            if secrets:
                return secrets[-1]
            time.sleep(0.05)
        raise TimeoutError(f"{to} got no email with {kind}")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "busy":
            return "421 Come back later"
        if self.mode == "tarpit":
            await asyncio.sleep(4)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mode == "dropping":
            server.transport.abort()
            return "421 Gone"
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received += envelope.rcpt_tos
        self.message_ids += [(to, str(message["message-id"] or message["subject"])) for to in envelope.rcpt_tos]
        text = message.get_body(("plain",)).get_content()
        self.links += [(to, link) for to in envelope.rcpt_tos for link in re.findall(r"https?://\S+", text)]
        return "250 OK"
