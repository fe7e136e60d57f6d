"""The sockets on which this process takes connections, for the moment before it stops."""

import ctypes
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_ALL = 0xFFFF_FFFF
# Classic BPF over a TCP segment (RFC 9293 section 3.1): of the flags in byte 13, SYN without ACK is dropped.
_NO_NEWCOMERS = (
    (0x30, 0, 0, 13),  # A = flags
    (0x54, 0, 0, 0x12),  # A &= SYN | ACK
    (0x15, 0, 1, 0x02),  # if A == SYN, go on; else skip one
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, _ALL),  # keep
)


def refuse_newcomers() -> None:
    """From here on nobody begins a connection to this process; whoever has begun one gets through.

    A listening socket that closes resets the connections that wait in its queue, requests and all. Whoever asks for a
    connection now hears nothing, asks again a second later, and is sent away by then: proxies turn to another server.
    Linux only; elsewhere, and where it is not allowed, the queue is what it is.
    """
    if sys.platform != "linux":
        return
    program = b"".join(struct.pack("HBBI", *line) for line in _NO_NEWCOMERS)
    lines = ctypes.create_string_buffer(program, len(program))
    value = struct.pack("HP", len(_NO_NEWCOMERS), ctypes.addressof(lines))
    for listener in _listeners():
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, value)


def accept_newcomers(listener: socket.socket) -> None:
    """Anybody may begin a connection again: a worker that stopped alone leaves the socket to the others."""
    if sys.platform == "linux":
        with suppress(OSError):  # nothing was refused
            listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def _listeners() -> Iterator[socket.socket]:
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError), _as_socket(int(entry.name)) as found:
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                yield found


def _as_socket(number: int) -> socket.socket:
    """Another handle for it. Raises OSError when it is no socket."""
    copy = os.dup(number)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
