"""Controllers of the /connect page (development only): guides, and the calls that arrive."""

import msgspec

from vestibule.http.call import Answer, Call
from vestibule.schemas.connect import ConnectView, GuideView, RecentCallsView, RecentCallView, package_view


async def guides(call: Call[None]) -> Answer:
    """List guides for all frameworks and proxies, and client packages, with this server's address. Development only."""
    found = msgspec.convert(call.services.operations.guides.list(), list[GuideView])
    packages = [package_view(one) for one in call.services.operations.client_packages.offered.values()]
    return Answer(ConnectView(issuer=call.config.public_url, guides=found, packages=packages))


async def recent_calls(call: Call[None]) -> Answer:
    """List the latest calls of programs and proxies to this worker, newest first. Development only."""
    found = call.request.app.state.recent_calls.newest_first()
    calls = msgspec.convert(found, list[RecentCallView], from_attributes=True)
    return Answer(RecentCallsView(calls=calls))
