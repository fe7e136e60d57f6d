"""Makes the data of the /connect page: the blocks of docs/guides that a reader copies."""

import json
import re
from pathlib import Path

GUIDES = Path(__file__).parents[1] / "docs" / "guides"
ORDER = (
    "fastapi", "flask", "django", "starlette", "wsgi", "embedded", "pytest", "express", "react", "nginx", "caddy",
    "traefik", "apache", "haproxy", "envoy",
)  # fmt: skip
PROXIES = frozenset({"nginx", "caddy", "traefik", "apache", "haproxy", "envoy"})
_BLOCK = re.compile(r"^( *)```(\w+)(?: ([^\n]+))?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_LEFT_OUT = frozenset({"shows", "server"})


def data() -> str:
    """Return JSON with id, title, kind and blocks of every guide, in the order of the page."""
    names = [name for name in ORDER if (GUIDES / f"{name}.md").exists()]
    return json.dumps([_guide(name) for name in names], indent=1) + "\n"


def _guide(name: str) -> dict[str, object]:
    page = (GUIDES / f"{name}.md").read_text()
    title = page.partition("\n")[0].removeprefix("# ").removeprefix("Behind ")
    blocks = [_block(*found) for found in _BLOCK.findall(page) if found[2] not in _LEFT_OUT]
    kind = "proxy" if name in PROXIES else "application"
    return {"id": name, "title": title, "kind": kind, "blocks": blocks}


def _block(indent: str, language: str, use: str, text: str) -> dict[str, str]:
    lines = [line[len(indent) :] for line in text.splitlines()]
    file = use.removeprefix("append ") if "." in use else ""
    purpose = use or ("install" if "install" in text else "more")
    if file:
        purpose = "append" if use.startswith("append ") else "file"
    return {"language": language, "purpose": purpose, "file": file, "text": "\n".join(lines)}
