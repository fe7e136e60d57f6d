"""What the OpenAPI document promises, and a witness of answers that it does not.

Every error that a system under test answers with, in any test of the session, has to stand in that system's own document.
"""

import json
from functools import lru_cache
from typing import Any

from starlette.routing import compile_path

BROKEN: list[str] = []
"""Answers that no document promises; conftest.py fails the test that they came in."""
# A crash is a defect and promised nowhere; a method that a path does not have is no operation of the document.
_OF_NO_OPERATION = {"internal_error", "method_not_allowed"}
Promise = tuple[int, str]


class Promises:
    """The errors of an OpenAPI document, as status and code, by operation."""

    def __init__(self, document: str) -> None:
        self._paths: dict[str, dict[str, set[Promise]]] = {
            path: {method.upper(): _of(operation) for method, operation in operations.items()}
            for path, operations in json.loads(document)["paths"].items()
        }
        self._patterns = [(compile_path(path)[0], path) for path in sorted(self._paths, key=lambda path: "{" in path)]

    def of(self, method: str, path: str) -> set[Promise] | None:
        """What is promised to this request; None when there is no such operation. `path`: of a row, or of a request."""
        method = "GET" if method == "HEAD" else method
        template = path if path in self._paths else None
        template = template or next((found for pattern, found in self._patterns if pattern.match(path)), None)
        return self._paths[template].get(method) if template else None


promises_of = lru_cache(maxsize=32)(Promises)


def _of(operation: dict[str, Any]) -> set[Promise]:
    found = operation["responses"].items()
    return {(int(status), code) for status, answer in found for code in answer["description"].split(" · ")}


class Witness:
    """Passes requests on to an application, and notes the errors that its document does not promise."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        status, body = 0, b""

        async def noting(message: Any) -> None:
            nonlocal status, body
            status = message.get("status", status)
            body += message.get("body", b"") if status >= 400 else b""
            await send(message)

        await self._app(scope, receive, noting)
        if status >= 400 and (code := _code(body)) and code not in _OF_NO_OPERATION:
            self._check(scope, (status, code))

    def _check(self, scope: Any, answer: Promise) -> None:
        promised = promises_of(self._app.state.openapi()).of(scope["method"], scope["path"])
        if promised is not None and answer not in promised:
            BROKEN.append(
                f"{scope['method']} {scope['path']} answered {answer[0]} {answer[1]}, which it does not promise"
            )


def _code(body: bytes) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("code", "")) if isinstance(found, dict) else ""
