"""The development mailbox: a folder with one file per email, shared by all workers."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from vestibule.domain.mail import Mail, SentMail
from vestibule.domain.ports import Clock

KEEP = 200


class MailboxSender:
    """Stores emails instead of sending them. Development only: the files contain valid links and codes."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    async def close(self) -> None:
        """Do nothing: no resource stays open between two emails."""

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Write an email's file atomically; a retry with the same key overwrites it. Keeps the last `KEEP` files."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"to": mail.to, "subject": mail.subject, "text": mail.text, "html": mail.html}
        target = self._folder / f"{idempotency_key}.json"
        draft = target.with_suffix(".part")
        draft.write_text(json.dumps(content | {"sentAt": self._clock.now()}), encoding="utf-8")
        os.replace(draft, target)  # noqa: PTH105 - atomic by contract
        for old in sorted(self._folder.glob("*.json"))[:-KEEP]:
            old.unlink(missing_ok=True)

    def read(self) -> Sequence[SentMail]:
        """Return all stored emails, newest first."""
        found = []
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            content = json.loads(path.read_text(encoding="utf-8"))
            sent_at = content.pop("sentAt")
            found.append(SentMail(id=path.stem, sent_at=sent_at, **content))
        return found
