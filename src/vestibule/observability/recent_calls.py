"""Recent calls of programs, kept in development: the /connect page shows that an application's request arrived."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_MOST = 50
_OF_PROGRAMS = ("/.well-known/", "/oauth/", "/forward-auth", "/api/session")


@dataclass(frozen=True, slots=True)
class RecentCall:
    """One request. `number` increases; `agent` is the first word of the User-Agent, or `proxy`."""

    number: int
    method: str
    path: str
    status: int
    agent: str


class RecentCalls:
    """The last 50 calls of programs and proxies to this worker."""

    def __init__(self) -> None:
        self._calls: deque[RecentCall] = deque(maxlen=_MOST)
        self._number = 0

    def newest_first(self) -> list[RecentCall]:
        """Return the recorded calls, newest first."""
        return list(reversed(self._calls))

    def note(self, scope: Mapping[str, Any], status: int) -> None:
        """Record a request with the status of its response, if a program or a proxy sent it."""
        path = scope["path"]
        if not path.startswith(_OF_PROGRAMS):
            return
        agent = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"user-agent"), "")
        # Vestibule's own pages request their session too and are left out; a proxy forwards its browser's User-Agent.
        if agent.startswith("Mozilla/") and not path.startswith("/forward-auth"):
            return
        self._number += 1
        named = agent.split(" ", 1)[0][:60] if not agent.startswith("Mozilla/") else "proxy"
        self._calls.append(RecentCall(self._number, scope["method"], path[:200], status, named))
