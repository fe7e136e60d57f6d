"""Schemas of the /connect page, which exists in development only."""

from vestibule.observability.recent_calls import RecentCall
from vestibule.schemas.base import Output


class SnippetView(Output):
    """A text to copy. `purpose`: install, setup, file, append, run, try, proxy or more."""

    language: str
    purpose: str
    file: str
    text: str


class GuideView(Output):
    """How to connect one framework or proxy."""

    id: str
    title: str
    kind: str
    blocks: list[SnippetView]


class ConnectView(Output):
    """The guides for all frameworks and proxies, with this server's address filled in."""

    issuer: str
    guides: list[GuideView]


class RecentCallView(Output):
    """A call of a program or proxy. `number` grows with every call."""

    number: int
    method: str
    path: str
    status: int
    agent: str


class RecentCallsView(Output):
    """The latest calls of programs and proxies, newest first."""

    calls: list[RecentCallView]


def recent_call_view(call: RecentCall) -> RecentCallView:
    """Return one call as the page shows it."""
    return RecentCallView(number=call.number, method=call.method, path=call.path, status=call.status, agent=call.agent)
