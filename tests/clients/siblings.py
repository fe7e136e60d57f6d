"""Applications and Vestibule on sibling hosts, as people have them: app.example.localhost beside id.example.localhost."""

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from playwright.sync_api import Page, expect, sync_playwright

from servers import Server, free_port, server

HOST, ID = "app.example.localhost", "id.example.localhost"
DEMO, DEMO_PASSWORD = "demo@user.io", "password"
GIVEN = {
    "VESTIBULE_FORWARD_AUTH": f"{HOST}/admin role=admin; {HOST}/vault aal=2; {HOST}/* signed-in",
    "VESTIBULE_FORWARD_AUTH_DOMAIN": "example.localhost",
    "VESTIBULE_ARGON2_MEMORY_KIB": "64",
}


@contextmanager
def vestibule(folder: Path, port: int = 0, **changed: str) -> Iterator[Server]:
    """Vestibule at id.example.localhost, with these settings instead of the given ones (empty: without that one)."""
    port = port or free_port()
    url = f"http://{ID}:{port}"
    given = {name: value for name, value in {**GIVEN, **changed}.items() if value}
    with server(folder, "dev", "--data-dir", str(folder), "--public-url", url, port=port, **given) as running:
        running.url = url
        yield running


@contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


def sign_in(page: Page, name: str = DEMO, password: str = DEMO_PASSWORD) -> None:
    """Sign in, on the page where the browser was sent."""
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("Username or email").fill(name)
    page.get_by_role("button", name="Continue", exact=True).click()
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def at(address: str) -> str:
    """The same address at the application's sibling host."""
    return re.sub(r"//[^:/]+", f"//{HOST}", address)


@contextmanager
def without_the_cookie(port: int) -> Iterator[int]:
    """A proxy in front of this port that removes the cookie of sibling hosts: the port to open instead."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        Thread(target=_serve, args=(listening, port), daemon=True).start()
        yield listening.getsockname()[1]


def _serve(listening: socket.socket, port: int) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        Thread(target=_exchange, args=(client, port), daemon=True).start()


def _exchange(client: socket.socket, port: int) -> None:
    """One request and its answer."""
    with client, socket.create_connection(("localhost", port)) as behind:
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := client.recv(65_536)):
                return
            head += part
        head = re.sub(rb"vestibule_forward_auth=[^;\r]*;? ?", b"", head)
        head = re.sub(rb"\r\nConnection: [^\r]*", b"", head, flags=re.IGNORECASE)
        behind.sendall(head.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        while part := behind.recv(65_536):
            client.sendall(part)
