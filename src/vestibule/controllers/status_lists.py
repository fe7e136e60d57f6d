"""Controllers of the revocation feed: ended sessions, for APIs that verify tokens without a request per token."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from vestibule.domain.errors import NotFound
from vestibule.http.call import Answer, Call
from vestibule.http.outcomes import granted
from vestibule.schemas.status_lists import StatusGeneration, StatusLists
from vestibule.services.tokens.status_lists import MAX_AGE_SECONDS

_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
_CACHED = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}", **_ANY_ORIGIN}
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\Z")
_GENERATION = re.compile(r"[0-9]{1,18}\Z")


async def list_addresses(call: Call[None]) -> Answer:
    """List the addresses of the status lists."""
    return Answer(StatusLists(status_lists=await call.services.tokens.status_lists.addresses()), headers=_CACHED)


async def status_list(call: Call[None]) -> Answer:
    """Get a signed status list. It has a bit for each session, set once the session has ended."""
    number = call.request.path_params["number"]
    found = await call.services.tokens.status_lists.signed(int(number)) if _NUMBER.match(number) else None
    if found is None:
        raise NotFound
    etag = f'"{number}-{found.token[-16:]}"'
    if call.request.headers.get("if-none-match") == etag:
        return Answer(status=304, headers={"ETag": etag, **_CACHED})
    return Answer(text=found.token, media_type="application/statuslist+jwt", headers={"ETag": etag, **_CACHED})


async def changes(call: Call[None]) -> Answer:
    """Get a number that grows whenever sessions end. With `Accept: text/event-stream`, a stream of its changes."""
    if "text/event-stream" not in call.request.headers.get("accept", ""):
        generation = await call.services.tokens.status_lists.generation()
        return Answer(StatusGeneration(generation=generation), headers={"Cache-Control": "no-store", **_ANY_ORIGIN})
    seen = call.request.headers.get("last-event-id", "")
    known = int(seen) if _GENERATION.match(seen) else None
    changes = granted(call.services.tokens.status_changes.follow(call.device.address, known))
    # X-Accel-Buffering: without it, nginx would hold events back until its buffer is full.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **_ANY_ORIGIN}
    return Answer(stream=_events(changes), media_type="text/event-stream", headers=headers)


async def _events(changes: AsyncGenerator[int | None]) -> AsyncIterator[bytes]:
    async with aclosing(changes):
        yield b"retry: 1000\n\n"
        async for generation in changes:
            if generation is None:
                yield b": still here\n\n"
            else:
                yield b'id: %d\nevent: changed\ndata: {"generation":%d}\n\n' % (generation, generation)
