"""Requests to other services leave by one adapter: no other module makes connections (ASVS 1.3.6, 13.2.4)."""

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "vestibule"
CLIENTS = {
    "httpx", "httpcore", "requests", "aiohttp", "urllib3", "urllib.request", "http.client", "ftplib", "telnetlib", "smtplib",
    "imaplib", "poplib", "xmlrpc.client", "websockets", "aiosmtplib",
}  # fmt: skip
CALLS = {
    "open_connection", "open_unix_connection", "create_connection", "sock_connect", "connect_ex", "getaddrinfo",
    "gethostbyname", "AnyIOBackend", "connect_tcp", "urlopen", "urlretrieve",
}  # fmt: skip
# (module, what it uses): why it may.
ALLOWED = {
    ("adapters/outbound_http.py", "httpcore"): "this is the adapter",
    ("adapters/outbound_connections.py", "httpcore"): "its connections",
    ("adapters/outbound_connections.py", "AnyIOBackend"): "to an address that was checked",
    ("adapters/outbound_connections.py", "getaddrinfo"): "the one look-up",
    ("adapters/outbound_connections.py", "connect_tcp"): "to an address that was checked",
    ("adapters/smtp.py", "aiosmtplib"): "the mail server that the operator names speaks no HTTP",
}


def uses(text: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            imported = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imported = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            names |= {alias.name for alias in node.names if alias.name in CALLS}
        else:
            imported = []
            word = getattr(node, "attr", None) or getattr(node, "id", None)
            names |= {word} & CALLS
        names |= {client for client in CLIENTS for name in imported if f"{name}.".startswith(f"{client}.")}
    return names


def test_requests_leave_where_this_list_says():
    found = {
        (path.relative_to(SOURCE).as_posix(), name) for path in SOURCE.rglob("*.py") for name in uses(path.read_text())
    }
    assert found - ALLOWED.keys() == set(), "call other services through adapters/outbound_http.py"
    assert ALLOWED.keys() - found == set(), "these are gone: take them off the list"


def test_the_walk_sees_every_spelling():
    for line in (
        "import httpx",
        "import urllib.request",
        "import http.client as web",
        "from http import client",
        "from urllib import request",
        "from urllib.request import urlopen",
        "from httpx import AsyncClient",
        "socket.create_connection(('x', 1))",
        "await asyncio.open_connection('x', 1)",
        "await loop.create_connection(p, 'x', 1)",
        "from socket import getaddrinfo as resolve",
    ):
        assert uses(f"async def f():\n    {line}"), line
