"""Controllers of the /connect page (development only): guides, and the calls that arrive."""

import msgspec

from vestibule.http.call import Answer, Call
from vestibule.schemas.connect import ConnectView, GuideView, RecentCallsView, recent_call_view


async def guides(call: Call[None]) -> Answer:
    """List the guides for every framework and proxy, with this server's address filled in. Development only."""
    found = msgspec.convert(call.services.operations.guides.list(), list[GuideView])
    return Answer(ConnectView(issuer=call.config.public_url, guides=found))


async def recent_calls(call: Call[None]) -> Answer:
    """List the latest calls of programs and proxies to this worker, newest first. Development only."""
    found = call.request.app.state.recent_calls.newest_first()
    return Answer(RecentCallsView(calls=[recent_call_view(one) for one in found]))
