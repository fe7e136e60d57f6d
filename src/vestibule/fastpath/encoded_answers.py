"""The encoded answers of the fast path: a table beside the session cache, bounded in bytes."""

from dataclasses import dataclass

from vestibule.domain.active_session import ActiveSession
from vestibule.services.sessions.session_cache import Entry

# The size of an answer with its CSRF token and its place in the table, but without its body; bench/ measures it all.
_FIXED_BYTES = 280


@dataclass(slots=True, eq=False)
class EncodedAnswer:
    """A response body, encoded for `route` from `session`. `csrf_token`: the latest token that is known to match the
    session.
    """

    session: ActiveSession
    route: str
    body: bytes
    csrf_token: str = ""


class EncodedAnswers:
    """Encoded answers, by the key of the session cache's entry. An answer is used only while the entry holds the same
    session object that it was encoded from; a touch or another lookup makes a new object, so nothing has to be
    invalidated. Callers take the entry from a session check: an answer does not show that a session is valid.

    `size`: the most memory that the answers may take, in bytes.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: dict[bytes, EncodedAnswer] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._answers)

    @property
    def size(self) -> int:
        """The approximate size in memory, in bytes."""
        return self._bytes

    def get(self, entry: Entry, route: str) -> EncodedAnswer | None:
        """Return the answer for this route that was encoded from the entry's present session, else None."""
        found = self._answers.get(entry.key)
        return found if found is not None and found.session is entry.session and found.route == route else None

    def put(self, entry: Entry, route: str, body: bytes) -> EncodedAnswer:
        """Keep this body as the only answer of the entry, and drop the oldest answers when there is no room."""
        self._drop(entry.key)
        answer = self._answers[entry.key] = EncodedAnswer(entry.session, route, body)
        self._bytes += _FIXED_BYTES + len(body)
        while self._bytes > self._size:
            self._drop(next(iter(self._answers)))
        return answer

    def _drop(self, key: bytes) -> None:
        answer = self._answers.pop(key, None)
        if answer is not None:
            self._bytes -= _FIXED_BYTES + len(answer.body)
