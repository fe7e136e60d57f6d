"""The listening sockets of this process, and how they refuse new connections just before it stops."""

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
_NO_NEW_CONNECTIONS = (
    (0x30, 0, 0, 13),  # A = flags
    (0x54, 0, 0, 0x12),  # A &= SYN | ACK
    (0x15, 0, 1, 0x02),  # if A == SYN, go on; else skip one
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, _ALL),  # keep
)


def refuse_new_connections() -> None:
    """Drop new connection attempts to this process; connections that are established or queued are still served.

    Closing a listening socket resets the connections in its queue, with their requests. A client whose SYN is dropped
    retries after a second and finds the port closed by then, so a proxy turns to another server. Works on Linux only;
    elsewhere, and where it is not allowed, nothing happens.
    """
    if sys.platform != "linux":
        return
    program = b"".join(struct.pack("HBBI", *line) for line in _NO_NEW_CONNECTIONS)
    lines = ctypes.create_string_buffer(program, len(program))
    value = struct.pack("HP", len(_NO_NEW_CONNECTIONS), ctypes.addressof(lines))
    for listener in _listeners():
        with suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, value)


def accept_new_connections(listener: socket.socket) -> None:
    """Undo `refuse_new_connections`: a worker that stopped alone leaves its filter on the socket that others share."""
    if sys.platform == "linux":
        with suppress(OSError):  # there was no filter
            listener.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def _listeners() -> Iterator[socket.socket]:
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError), _as_socket(int(entry.name)) as found:
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                yield found


def _as_socket(number: int) -> socket.socket:
    """Return a socket for a duplicate of this file descriptor. Raises OSError when it is not a socket."""
    copy = os.dup(number)
    try:
        return socket.socket(fileno=copy)
    except OSError:
        os.close(copy)
        raise
