"""Fair turns between the processes that write one SQLite file.

SQLite lets writers try again after pauses that grow to a tenth of a second, and the one that tries at the right moment
wins: with two busy processes some transactions wait for seconds. Here the kernel keeps the queue and wakes the next in
it.
Turns are about fairness alone: what protects the data is SQLite's own lock, which every transaction takes besides.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

from vestibule.db.sqlite_errors import unavailable


class Turns:
    """Two files beside the database, each locked (flock) by one process at a time: `-turn` by the one that writes,
    `-next` by the one that writes after it.

    The process that gives its turn back cannot overtake the next one, which keeps `-next` locked until it has the turn.
    The kernel unlocks both files when a process ends, however it ends.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._files: list[int] = []

    def take(self) -> None:
        """Wait for a turn, for as long as it takes. Raises DatabaseUnavailable when the files cannot be used."""
        try:
            turn, upcoming = self._opened()
            fcntl.flock(upcoming, fcntl.LOCK_EX)
            try:
                fcntl.flock(turn, fcntl.LOCK_EX)
            finally:
                fcntl.flock(upcoming, fcntl.LOCK_UN)
        except OSError as error:
            raise unavailable(error) from error

    def give_back(self) -> None:
        """End the turn, if there is one: the next process in the queue has it."""
        for turn in self._files[:1]:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files, which also ends the turn. They stay beside the database."""
        while self._files:
            os.close(self._files.pop())

    def _opened(self) -> tuple[int, int]:
        for suffix in ("-turn", "-next")[len(self._files) :]:
            self._files.append(self._open(self._database.with_name(self._database.name + suffix)))
        turn, upcoming = self._files
        return turn, upcoming

    def _open(self, path: Path) -> int:
        # A user of the database may take turns, whatever the umask: SQLite does the same for its own files.
        rights = self._database.stat().st_mode & 0o666
        # Never through a link: in a folder that others may write, it would open another file's permissions to them.
        file = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with suppress(PermissionError):  # another user's file
            os.fchmod(file, rights)
        return file
