"""A mail server that can have a bad day."""

import asyncio
import contextlib
import re
import time
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from cluster import free_port


class Post:
    """Keeps who got mail. `mood`: well, busy (421), tarpit (answers after a while), dropping (in the middle of DATA)."""

    def __init__(self) -> None:
        self.mood = "well"
        self.received: list[str] = []
        self.subjects: list[tuple[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self.port = free_port()
        self._controller: Controller | None = None

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Nobody listens any more."""
        if self._controller is not None:
            with contextlib.suppress(Exception):
                self._controller.stop()
        self._controller = None

    def link_for(self, to: str, kind: str, *, after: int = 0, seconds: float = 25) -> str:
        """The secret of the newest link of this kind that this address got, not counting the first `after` links of
        all; waits for it.
        """
        for _ in range(int(seconds / 0.05)):
            found = [link.partition(kind)[2] for address, link in self.links[after:] if address == to and kind in link]
            if found:
                return found[-1]
            time.sleep(0.05)
        raise TimeoutError(f"{to} got no mail with {kind}")

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mood == "busy":
            return "421 Come back later"
        if self.mood == "tarpit":
            await asyncio.sleep(4)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.mood == "dropping":
            server.transport.abort()
            return "421 Gone"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.received += envelope.rcpt_tos
        self.subjects += [(to, str(mail["message-id"] or mail["subject"])) for to in envelope.rcpt_tos]
        text = mail.get_body(("plain",)).get_content()
        self.links += [(to, link) for to in envelope.rcpt_tos for link in re.findall(r"https?://\S+", text)]
        return "250 OK"
