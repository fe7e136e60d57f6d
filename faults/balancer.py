"""A load balancer that asks every instance whether it is ready, and takes out those that are not."""

import csv
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster import free_port

_CONFIGURATION = """global
    stats socket {folder}/stats.sock
    nbthread 1
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    timeout check 5s
    option redispatch 1
frontend clients
    bind 127.0.0.1:{port}
    default_backend instances
backend instances
    balance roundrobin
    option httpchk
    http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host localhost
    http-check expect status 200
    default-server check inter 200ms fall 1 rise 1
{servers}
"""
_ANSWERS = 20


class Balancer:
    """A running HAProxy, as its users see it (`url`) and as its operator does (`status`). Instances have the names of
    their ports.
    """

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._socket = str(folder / "stats.sock")

    def status(self, port: int) -> dict[str, str]:
        """Return HAProxy's own figures of the instance on this port (section 9.1 of its management guide)."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._socket)
            connection.sendall(b"show stat\n")
            with connection.makefile() as stream:
                rows = list(csv.DictReader(stream.read().lstrip("# ").splitlines()))
        return next(row for row in rows if row["svname"] == str(port))

    def is_up(self, port: int) -> bool:
        """Return whether requests are sent to the instance on this port: its last probe was answered with 200."""
        return self.status(port)["status"].startswith("UP")

    def wait_until_up(self, port: int) -> float:
        """Wait until requests are sent to the instance; return the seconds that took. TimeoutError after 20 s."""
        return self._wait(port, "is not ready", lambda: self.is_up(port))

    def wait_until_down(self, port: int) -> float:
        """Wait until no request is sent to the instance; return the seconds that took. TimeoutError after 20 s."""
        return self._wait(port, "still gets requests", lambda: not self.is_up(port))

    def wait_until_serving(self, port: int) -> float:
        """Wait until the instance has served further requests; return the seconds that took. TimeoutError after 20 s."""
        enough = self._successes(port) + _ANSWERS
        return self._wait(port, "serves no requests", lambda: self._successes(port) >= enough)

    def _successes(self, port: int) -> int:
        return int(self.status(port)["hrsp_2xx"])

    def _wait(self, port: int, otherwise: str, is_reached: Callable[[], bool]) -> float:
        began = time.monotonic()
        while not is_reached():
            if time.monotonic() - began > 20:
                raise TimeoutError(f"the instance on port {port} {otherwise} ({self.status(port)['last_chk']})")
            time.sleep(0.02)
        return time.monotonic() - began


@contextmanager
def balancer(folder: Path, ports: list[int]) -> Iterator[Balancer]:
    """Run HAProxy in front of instances on these ports, with its files in `folder`, which is created."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from reverse_proxies import start

    port = free_port()
    servers = "\n".join(f"    server {number} 127.0.0.1:{number}" for number in ports)
    folder.mkdir()
    (folder / "haproxy.cfg").write_text(_CONFIGURATION.format(folder=folder, port=port, servers=servers))
    with start("haproxy", folder, port):
        yield Balancer(folder, port)
