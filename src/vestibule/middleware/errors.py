"""The last resort: whatever goes wrong becomes a problem document, and nothing leaks (ASVS 16.5.1, 16.5.4)."""

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vestibule.domain.errors import SlowBody, VestibuleError
from vestibule.http.respond import refused
from vestibule.observability.logs import get_logger

_log = get_logger("error")


class ErrorsMiddleware:
    """Outside of everything but the headers and CORS; expected refusals and crashes end here alike."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer for whatever comes back up."""
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
        except VestibuleError as error:
            _note(error)
            await refused(error, Request(scope))(scope, receive, send)
        except ClientDisconnect:
            gone = SlowBody(private="it hung up in the middle of the body")
            _note(gone)
            await refused(gone, Request(scope))(scope, receive, send)
        except Exception as error:
            _log.exception("unexpected_error", exc_info=error)
            if started:
                raise
            crash = VestibuleError()
            crash.__cause__ = error
            await refused(crash, Request(scope))(scope, receive, send)


def _note(error: VestibuleError) -> None:
    if error.private:
        _log.info("refused", code=error.code, private=error.private)
