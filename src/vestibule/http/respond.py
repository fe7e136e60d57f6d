"""Makes responses of Answers and errors."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from vestibule.domain.errors import VestibuleError
from vestibule.http import problems
from vestibule.http.call import Answer

_ENCODER = msgspec.json.Encoder()


def answered(answer: Answer) -> Response:
    """Return the response for a controller's answer: its body as JSON, as text or bytes, or as a stream."""
    if answer.stream is not None:
        return StreamingResponse(answer.stream, answer.status, dict(answer.headers), answer.media_type)
    content = _content(answer)
    response = Response(content, status_code=answer.status, headers=dict(answer.headers))
    if content:
        response.headers["Content-Type"] = answer.media_type
    for cookie in answer.cookies:
        response.headers.append("Set-Cookie", cookie)
    return response


def _content(answer: Answer) -> bytes:
    if answer.content is not None:
        return answer.content
    return _ENCODER.encode(answer.body) if answer.body is not None else (answer.text or "").encode()


def refused(error: VestibuleError, request: Request) -> Response:
    """Return the response to a refused request: the error's problem document, or what its path has instead."""
    state, app = request.scope.get("state", {}), request.app.state
    found = problems.refusal(
        error,
        request.scope["path"],
        app.refusals,
        request_id=state.get("request_id", ""),
        development=app.http_config.development,
    )
    headers = problems.headers(error, found)
    response = Response(_ENCODER.encode(found.body), status_code=found.status, headers=headers)
    for cookie in error.cookies:
        response.headers.append("Set-Cookie", cookie)
    return response
