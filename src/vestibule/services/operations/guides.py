"""Snippets that connect an application, with this server's address filled in; for the /connect page in development."""

import json
import re
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from vestibule.services.operations.client_packages import ClientPackages

_ISSUER, _PORT = "http://localhost:8000", re.compile(r"(?<=[:/ ])localhost:8000\b|\b127\.0\.0\.1:8000\b")
# A client package by its file name, as the guides print it: a requirement for pip, or an address for npm.
_PACKAGE = re.compile(r'"[^"\s]+ @ [^"\s]+/packages/[^"\s]+(?P<whl>\.whl)"|[^"\s]+/packages/[^"\s]+(?P<tgz>\.tgz)')


class Guides:
    """The snippets of docs/guides, adapted to this server: its address, and its packages with their hashes."""

    def __init__(self, public_url: str, packages: ClientPackages) -> None:
        self._public_url = public_url
        self._packages = packages
        self._place = urlsplit(public_url).netloc

    def list(self) -> list[dict[str, Any]]:
        """Return every guide: `id`, `title`, `kind` (application, proxy), `blocks` (language, purpose, file, text)."""
        return [guide | {"blocks": [self._filled(block) for block in guide["blocks"]]} for guide in _printed()]

    def _filled(self, block: dict[str, str]) -> dict[str, str]:
        text = _PORT.sub(self._place, block["text"].replace(_ISSUER, self._public_url))
        text = _PACKAGE.sub(lambda found: self._packages.requirement(found["whl"] or found["tgz"]), text)
        return block | {"text": text}


@cache
def _printed() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads((resources.files("vestibule.services.operations") / "guides.json").read_text()))
