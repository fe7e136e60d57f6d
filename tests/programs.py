"""PgBouncer and nginx, as operators run them, for as long as a test needs them."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import parse_qs, urlsplit

from servers import free_port


def _program(name: str) -> str:
    found = shutil.which(name) or f"/usr/sbin/{name}"
    assert Path(found).exists(), f"{name} is needed: make test installs it, or says how"
    return found


def _wait_for(port: int, process: subprocess.Popen, log: IO[str]) -> None:
    """Until the program listens there; one that stopped has said why."""
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    log.seek(0)
    raise AssertionError(log.read())


@contextmanager
def _running(command: list[str], port: int, environment: dict[str, str] | None = None) -> Iterator[int]:
    # A file, not a pipe: one that is not read stops the program when it is full.
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=environment)
        try:
            _wait_for(port, process, log)
            yield port
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def pgbouncer(folder: Path, database_url: str) -> Iterator[str]:
    """The address of this database through PgBouncer in transaction mode, without room for prepared statements."""
    parts = urlsplit(database_url)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    name, user, port = parts.path.lstrip("/"), parts.username or "postgres", free_port()
    target = f"host={host} dbname={name} user={user}" + (f" port={parts.port}" if parts.port else "")
    config = folder / "pgbouncer.ini"
    config.write_text(
        f"""[databases]
{name} = {target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
{"user = " + _owner(host) if os.geteuid() == 0 else ""}
"""
    )
    for path in (folder, *folder.parents[:3], config):
        if os.geteuid() == 0:
            path.chmod(path.stat().st_mode | 0o055)
    with _running([_program("pgbouncer"), "-q", str(config)], port):
        yield f"postgresql://{user}@127.0.0.1:{port}/{name}"


def _owner(host: str) -> str:
    """PgBouncer will not run as root; whoever owns the socket's folder may reach the socket."""
    return Path(host).owner() if host.startswith("/") and Path(host).owner() != "root" else "nobody"


@contextmanager
def nginx(folder: Path, ports: list[int]) -> Iterator[int]:
    """A reverse proxy in front of these instances, taking turns; its port."""
    port = free_port()
    config = folder / "nginx.conf"
    # An instance that restarts is tried again at once: with one of two gone, nobody may be written off for seconds.
    servers = "\n".join(f"server 127.0.0.1:{number} max_fails=0;" for number in ports)
    config.write_text(
        f"""daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
{"user root;" if os.geteuid() == 0 else ""}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream vestibule {{ {servers} keepalive 16; }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://vestibule;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
    )
    with _running([_program("nginx"), "-e", "stderr", "-c", str(config)], port):
        yield port


# The ways in which uvicorn as it is reads HTTP.
UVICORN = ("httptools", "h11")


def _application_of(module: str) -> list[str]:
    return ["--factory", module] if ":" in module else [f"{module}:app"]


@contextmanager
def application(
    folder: Path, module: str, interface: str, *, port: int = 0, workers: int = 1, **environment: str
) -> Iterator[str]:
    """An application, `app` of this module (or its factory, as module:name), on a server of its own; its address.

    `interface`: how Granian calls it, or one of `UVICORN`, or "node".
    """
    port = port or free_port()
    if interface == "node":
        with_javascript(folder)
        shutil.copy(Path(__file__).parent / "clients" / "apps" / module, folder)
        with _running(["node", str(folder / module)], port, environment=_given(environment) | {"PORT": str(port)}):
            yield f"http://localhost:{port}"
        return
    command = [
        sys.executable, "-m", "granian", "--interface", interface, "--port", str(port), "--workers", str(workers),
        "--no-log", f"{module}:app",
    ]  # fmt: skip
    if interface in UVICORN:
        command = [sys.executable, "-m", "uvicorn", "--http", interface, "--port", str(port), *_application_of(module)]
    path = os.pathsep.join([str(folder), str(Path(__file__).parent / "clients" / "apps")])
    with _running(command, port, environment=_given(environment) | {"PYTHONPATH": path}):
        yield f"http://localhost:{port}"


def with_javascript(folder: Path, *tools: str) -> None:
    """What installing the client and its companions would bring into this folder, as symbolic links; `tools` are the pages' own."""
    pages = Path(__file__).parents[1] / "web" / "node_modules"
    library = Path(__file__).parents[1] / "clients" / "js"
    modules = folder / "node_modules"
    (modules / "@vestibule").mkdir(parents=True)
    (modules / "@vestibule" / "client").symlink_to(library)
    for found in (library / "node_modules").iterdir():
        if not found.name.startswith((".", "@")):
            (modules / found.name).symlink_to(found)
    (modules / ".bin").mkdir()
    for tool in tools:
        (modules / tool).symlink_to(pages / tool)
        (modules / ".bin" / tool).symlink_to(pages / ".bin" / tool)


def _given(environment: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment}
