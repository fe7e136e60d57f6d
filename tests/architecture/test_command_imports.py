"""What a command imports is what it waits for: each has a list of packages that it does without."""

import os
import subprocess
import sys

import pytest

from servers import production

_PRINTS_ITS_IMPORTS = """
import atexit, sys
atexit.register(lambda: sys.stderr.write("\\n" + " ".join(sys.modules)))
from vestibule.__main__ import main
main()
"""
_SERVER = {"starlette", "uvicorn", "vestibule.app", "vestibule.server", "vestibule.routes", "vestibule.controllers"}
_SERVICES = {"msgspec", "asyncio", "cryptography", "asyncpg", "vestibule.bootstrap", "vestibule.settings"}
_LIBRARIES = {
    "asyncpg",
    "aiosmtplib",
    "jinja2",
    "joserfc",
    "segno",
    "ua_parser",
    "webauthn",
    "email_validator",
    "httpcore",
}
# The command, its exit status, a module that shows how far it came, and the modules that it must not have imported.
WITHOUT = {
    "--version": (0, "vestibule.__main__", {"typer", "rich", "vestibule.cli"} | _SERVICES | _SERVER),
    "users show alice": (1, "vestibule.services.accounts", _LIBRARIES | _SERVER),
}


@pytest.mark.parametrize("line", WITHOUT)
def test_a_command_imports_no_more_than_it_needs(line, tmp_path):
    status, reached, unneeded = WITHOUT[line]
    environment = os.environ | production(f"sqlite:///{tmp_path}/vestibule.db")
    command = [sys.executable, "-c", _PRINTS_ITS_IMPORTS, *line.split()]
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False)
    imported = set(ran.stderr.rsplit("\n", 1)[-1].split())
    assert ran.returncode == status, ran.stderr
    assert reached in imported
    assert unneeded & imported == set()


def test_the_version_is_the_same_with_and_without_a_parser():
    alone, parsed = (
        subprocess.run([sys.executable, "-m", "vestibule", *arguments], capture_output=True, text=True, check=True)
        for arguments in (["--version"], ["--version", "users"])
    )
    assert alone.stdout == parsed.stdout
