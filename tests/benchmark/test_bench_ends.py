"""A run that is stopped takes what it started with it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil

BENCH = Path(__file__).parents[2] / "bench"
# Starts a server that never answers. Its output is the pipe that the test reads.
RUN = """
import sys
from pathlib import Path
import stopping
from server import Process
stopping.stop_on_sigterm()
silent = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
Process([sys.executable, "-c", silent], int(sys.argv[1]), {}, Path(sys.argv[2]))
"""


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_sigterm_ends_a_server_that_is_still_starting(tmp_path):
    pipe = tmp_path / "server.log"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", RUN, str(unused_port()), str(pipe)]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(BENCH)}) as run, pipe.open() as output:
        server = int(output.readline())
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == 128 + signal.SIGTERM
        assert not psutil.pid_exists(server)
