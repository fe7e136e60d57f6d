"""Development: how to connect an application, and whether its calls arrive."""

import msgspec

from vestibule.http.call import Answer, Call
from vestibule.schemas.connect import ConnectView, GuideView, RecentCallsView, recent_call_view


async def guides(call: Call[None]) -> Answer:
    """Snippets for every framework and proxy, with this server's address filled in."""
    found = msgspec.convert(call.services.guides.list(), list[GuideView])
    return Answer(ConnectView(issuer=call.edge.public_url, guides=found))


async def recent_calls(call: Call[None]) -> Answer:
    """What programs and proxies asked this worker lately, newest first."""
    found = call.request.app.state.recent_calls.newest_first()
    return Answer(RecentCallsView(calls=[recent_call_view(one) for one in found]))
