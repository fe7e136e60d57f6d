"""One exchange with Vestibule, limited in time and size."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

LIMIT = 5.0  # seconds
_LARGEST = 1 << 20
_LOST = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError)  # RuntimeError: the client was closed


class NoAnswer(Exception):
    """No usable answer came. The message is the cause, without secrets; `is_silent`: nothing at all came."""

    def __init__(self, cause: str, *, is_silent: bool = False) -> None:
        super().__init__(cause)
        self.is_silent = is_silent


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a request: its status and its whole body."""

    status: int
    body: bytes


class Transport:
    """Sends requests to Vestibule. `limit`: seconds for a whole answer, however slowly its bytes arrive."""

    def __init__(self, http: httpx.Client, limit: float = LIMIT) -> None:
        self.http = http
        self.limit = limit

    def get(self, address: str, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the body of an answer with status 200; a server error is tried again once. Raises NoAnswer."""
        reply = self.send("GET", address, headers=headers)
        if reply.status >= 500:
            reply = self.send("GET", address, headers=headers)
        if reply.status != 200:
            raise NoAnswer(f"status {reply.status} from {address}")
        return reply.body

    def send(self, method: str, address: str, **more: Any) -> Reply:
        """Return the answer to a request that changes nothing: it is sent again when the connection broke.

        Raises NoAnswer.
        """
        try:
            return self._once(method, address, **more)
        except httpx.TimeoutException as error:
            raise _silence(address, error) from error
        except _LOST:
            pass
        try:
            return self._once(method, address, **more)
        except _LOST as error:
            raise _silence(address, error) from error

    def _once(self, method: str, address: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> Reply:
        until = time.monotonic() + self.limit
        headers = {"Accept-Encoding": "identity", **(headers or {})}  # a few bytes must not become a body of any size
        with self.http.stream(method, address, headers=headers, timeout=self.limit, **more) as answer:
            body = bytearray()
            for part in answer.iter_bytes():
                body += part
                if time.monotonic() > until:
                    raise NoAnswer(f"an answer from {address} that is not whole after {self.limit:g} s", is_silent=True)
                if len(body) > _LARGEST:
                    raise NoAnswer(f"an answer from {address} of more than {_LARGEST} bytes")
        return Reply(answer.status_code, bytes(body))


def json_object(body: bytes, address: str) -> dict[str, Any]:
    """Return the JSON object in this body. Raises NoAnswer for anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(f"something that is no JSON from {address}") from error
    if not isinstance(value, dict):
        raise NoAnswer(f"JSON that is no object from {address}")
    return value


def _silence(address: str, error: Exception) -> NoAnswer:
    return NoAnswer(f"no answer from {address}: {type(error).__name__} {str(error)[:200]}".rstrip(), is_silent=True)
