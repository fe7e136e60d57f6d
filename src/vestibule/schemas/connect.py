"""The /connect page of development."""

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
    """Every guide, with this server's address."""

    issuer: str
    guides: list[GuideView]


class RecentCallView(Output):
    """A program asked something. `number` grows."""

    number: int
    method: str
    path: str
    status: int
    agent: str


class RecentCallsView(Output):
    """What programs asked lately, newest first."""

    calls: list[RecentCallView]


def recent_call_view(call: RecentCall) -> RecentCallView:
    """One call."""
    return RecentCallView(
        number=call.number, method=call.method, path=call.path, status=call.status, agent=call.agent
    )  # fmt: skip
