"""Which sessions have ended, for everybody who checks tokens without asking us each time."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from vestibule.domain.errors import Denied, NotFound
from vestibule.http.call import Answer, Call
from vestibule.schemas.status_lists import StatusGeneration, StatusLists
from vestibule.services.status_lists import MAX_AGE_SECONDS

_ANYBODY = {"Access-Control-Allow-Origin": "*"}
_CACHED = {"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}", **_ANYBODY}
_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})\Z")
_GENERATION = re.compile(r"[0-9]{1,18}\Z")


async def list_addresses(call: Call[None]) -> Answer:
    """Where the status lists are."""
    return Answer(StatusLists(status_lists=await call.services.status_lists.addresses()), headers=_CACHED)


async def status_list(call: Call[None]) -> Answer:
    """One signed status list: a bit for each session, set when it has ended."""
    number = call.request.path_params["number"]
    found = await call.services.status_lists.signed(int(number)) if _NUMBER.match(number) else None
    if found is None:
        raise NotFound
    etag = f'"{number}-{found.token[-16:]}"'
    if call.request.headers.get("if-none-match") == etag:
        return Answer(status=304, headers={"ETag": etag, **_CACHED})
    return Answer(text=found.token, media_type="application/statuslist+jwt", headers={"ETag": etag, **_CACHED})


async def changes(call: Call[None]) -> Answer:
    """How often sessions have ended so far; as a stream of events, if that is what is asked for."""
    if "text/event-stream" not in call.request.headers.get("accept", ""):
        generation = await call.services.status_lists.generation()
        return Answer(StatusGeneration(generation=generation), headers={"Cache-Control": "no-store", **_ANYBODY})
    seen = call.request.headers.get("last-event-id", "")
    known = int(seen) if _GENERATION.match(seen) else None
    told = call.services.status_changes.follow(call.device.address, known)
    if isinstance(told, Denied):
        raise told.reason
    # X-Accel-Buffering: nginx would hold events back until its buffer is full.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **_ANYBODY}
    return Answer(stream=_events(told), media_type="text/event-stream", headers=headers)


async def _events(told: AsyncGenerator[int | None]) -> AsyncIterator[bytes]:
    async with aclosing(told):
        yield b"retry: 1000\n\n"
        async for generation in told:
            if generation is None:
                yield b": still here\n\n"
            else:
                yield b'id: %d\nevent: changed\ndata: {"generation":%d}\n\n' % (generation, generation)
