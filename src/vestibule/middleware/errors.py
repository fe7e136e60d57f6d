"""The last resort: every exception becomes a problem document that reveals no internals (ASVS 16.5.1, 16.5.4)."""

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.domain.errors import SlowBody, VestibuleError
from vestibule.http.respond import refused
from vestibule.observability.logs import get_logger

_log = get_logger("error")


class ErrorsMiddleware:
    """Turns exceptions into responses: expected refusals and crashes alike. Only headers and CORS lie further out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer with a problem document if an exception comes back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            refusal = _refusal(error)
            if started:
                raise  # a part of the response was sent: only closing the connection can signal the failure
            await refused(refusal, Request(scope))(scope, receive, send)


def _refusal(error: Exception) -> VestibuleError:
    """Return the error to answer with; private details and crashes go to the log."""
    if isinstance(error, ClientDisconnect):
        error = SlowBody(private="it hung up in the middle of the body")
    if isinstance(error, VestibuleError):
        if error.private:
            _log.info("refused", code=error.code, private=error.private)
        return error
    _log.exception("unexpected_error", exc_info=error)
    crash = VestibuleError()
    crash.__cause__ = error
    return crash
