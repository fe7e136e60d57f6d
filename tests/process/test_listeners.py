"""The last moment of a listening socket: who has begun a connection gets through, nobody begins one."""

import socket
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import os, socket, sys
    from vestibule.process.listeners import refuse_new_connections

    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    sys.stdin.readline()
    before = len(os.listdir("/proc/self/fd"))
    refuse_new_connections()
    assert len(os.listdir("/proc/self/fd")) == before
    print("refusing", flush=True)
    waiting, _ = listener.accept()
    waiting.sendall(waiting.recv(100).upper())
    sys.stdin.readline()
    listener.close()
    print("closed", flush=True)
    sys.stdin.readline()
"""


@pytest.mark.linux
def test_who_waits_is_served_and_newcomers_are_sent_away_when_it_closes():
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=20) as waiting:
            waiting.sendall(b"hello")
            print(file=process.stdin, flush=True)
            assert process.stdout.readline() == "refusing\n"
            assert waiting.recv(100) == b"HELLO"

            newcomer = socket.socket()
            newcomer.settimeout(0.3)
            with pytest.raises(TimeoutError):
                newcomer.connect(("127.0.0.1", port))
            newcomer.close()
            print(file=process.stdin, flush=True)
            assert process.stdout.readline() == "closed\n"
            with socket.socket() as late, pytest.raises(ConnectionRefusedError):
                late.connect(("127.0.0.1", port))
        print(file=process.stdin, flush=True)
        assert process.wait(20) == 0
