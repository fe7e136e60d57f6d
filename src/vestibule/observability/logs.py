"""Structured logs: JSON in production, readable in development, secrets taken out by construction."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

# Every secret of ours has this shape, and so has every signed token: no log line keeps one, wherever it came from.
_SECRET_SHAPES = re.compile(r"vst_[a-z]{3}_[0-9A-Za-z]{8,}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_SECRET_KEYS = re.compile(r"password|secret|token|authorization|cookie|api_key|code_hash", re.IGNORECASE)
_LONGEST = 2048


def configure(*, json: bool, level: str) -> None:
    """Set up logging for this process: one line per event on stderr."""
    renderer: Any = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty()
    )  # fmt: skip
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
        # One write per line, its newline included: lines of several workers must not run into each other.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: secret keys lose their value, secret shapes are cut out of every text, long texts are cut off."""
    for key, value in event.items():
        if _SECRET_KEYS.search(key):
            event[key] = "[redacted]"
        elif isinstance(value, str):
            event[key] = _SECRET_SHAPES.sub("[redacted]", value)[: _LONGEST if key != "exception" else None]
    return event


def get_logger(name: str) -> Any:
    """A logger whose lines carry this name."""
    return structlog.get_logger(area=name)


def bind_request(request_id: str) -> None:
    """From here on, this task's log lines carry the request id."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id)


def request_logged(log: Any, scope: Mapping[str, Any], status: int, seconds: float) -> None:
    """One line per request. The query is left out: it belongs to whoever typed it."""
    client = scope.get("client")
    log.info(
        "request",
        method=scope["method"],
        path=scope["path"],
        status=status,
        ms=round(seconds * 1000, 1),
        peer=client[0] if client else "",
    )
