"""The reference application: the least that an ASGI application can do, an answer of a fixed size.

The body of a POST is read before it is answered.
"""

import os

_BODY = b"x" * int(os.environ.get("BENCH_BODY_BYTES", "300"))
_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode())],
}
_BODY_MESSAGE = {"type": "http.response.body", "body": _BODY}


async def app(scope, receive, send):
    if scope["type"] == "http":
        if scope["method"] == "POST":
            await receive()
        await send(_START)
        await send(_BODY_MESSAGE)
    elif scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
