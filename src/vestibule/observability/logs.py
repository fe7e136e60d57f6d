"""Structured logs: JSON in production, readable text in development; a processor removes secrets from every line."""

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import msgspec
import structlog

from vestibule.observability.lasting_stderr import LastingStderr

# All of Vestibule's secrets match the first pattern, all signed tokens the second: both are cut out of every log line,
# whichever field they are in.
_SECRET_OF_OURS = re.compile(r"vst_[a-z]{3}_[0-9A-Za-z]{8,}")
# Each run of such characters is scanned once: trying again at every `eyJ` would take quadratic time.
_SIGNED_TOKEN = re.compile(
    r"(?<![A-Za-z0-9_-])(?>([A-Za-z0-9_-]*?)eyJ)[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]++\.[A-Za-z0-9_-]*"
)
_SECRET_KEYS = re.compile(r"password|secret|token|authorization|cookie|api_key|code_hash", re.IGNORECASE)
_LONGEST = 2048
_LONGEST_STACK = 16 * 1024
_ENCODE = msgspec.json.Encoder().encode


Listener = Callable[[Mapping[str, Any], int], None]


class _Stderr:
    """Standard error as it is when a line is written. Loggers live as long as the process, and an application that has
    Vestibule inside may replace `sys.stderr` meanwhile, as test runners do for each test: a line that went to the old
    one, which may be closed, would make the request fail.
    """

    def write(self, line: str) -> None:
        sys.stderr.write(line)

    def flush(self) -> None:
        sys.stderr.flush()


_stderr = _Stderr()


def _to_stderr(line: bytes) -> None:
    _stderr.write(line.decode())
    _stderr.flush()


class _Requests:
    """How request lines are written: this event is too frequent for the general logging pipeline."""

    def __init__(self) -> None:
        self.wanted = True
        self.json = False
        self.listeners: tuple[Listener, ...] = ()
        self.write: Callable[[bytes], object] = _to_stderr


_requests = _Requests()


def listen(*listeners: Listener) -> None:
    """From now on call these listeners, and no others, with the scope and the status code of every request."""
    _requests.listeners = listeners


def configure(*, json: bool, level: str) -> None:
    """Set up logging for this process: one line per event on standard error, of at least this level."""
    raw = getattr(getattr(sys.stderr, "buffer", None), "raw", None)
    # Written past the buffers where there is no one who captures standard error.
    _requests.write = raw.write if isinstance(raw, LastingStderr) else _to_stderr
    _requests.json = json
    _requests.wanted = logging.getLevelName(level.upper()) <= logging.INFO
    renderer: Any = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        # One write per line, including its newline, so that lines of several workers do not mix.
        logger_factory=structlog.WriteLoggerFactory(cast("TextIO", _stderr)),
        cache_logger_on_first_use=True,
    )


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Structlog processor: replaces values under secret keys, cuts secrets out of all texts, truncates long texts."""
    for key, value in event.items():
        if _SECRET_KEYS.search(key):
            event[key] = "[redacted]"
        elif isinstance(value, str):
            event[key] = _without_secrets(value)[-_LONGEST_STACK:] if key == "exception" else _clean(value)
    return event


def get_logger(name: str) -> Any:
    """Return a logger whose lines have this name as their `area`."""
    return structlog.get_logger(area=name)


def bind_request(request_id: str) -> None:
    """Add the request id to all further log lines of the current task."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def request_logged(scope: Mapping[str, Any], status: int, seconds: float, request_id: str) -> None:
    """Log one request. The query string is left out, because it may contain personal data."""
    for listener in _requests.listeners:
        listener(scope, status)
    if not _requests.wanted:
        return
    client = scope.get("client")
    facts = {
        "area": "request",
        "event": "request",
        "level": "info",
        "method": scope["method"],
        "path": _clean(scope["path"]),
        "status": status,
        "ms": round(seconds * 1000, 1),
        "peer": client[0] if client else "",
        "request_id": _clean(request_id),
    }
    if _requests.json:
        facts["timestamp"] = datetime.now(UTC)  # noqa: TID251 - logs tell the real time, as structlog does
        _requests.write(_ENCODE(facts) + b"\n")
    else:
        get_logger("request").info(facts.pop("event"), **facts)


def _clean(text: str) -> str:
    return _without_secrets(text)[:_LONGEST]


def _without_secrets(text: str) -> str:
    if "vst_" in text:
        text = _SECRET_OF_OURS.sub("[redacted]", text)
    return _SIGNED_TOKEN.sub(r"\1[redacted]", text) if "eyJ" in text else text
