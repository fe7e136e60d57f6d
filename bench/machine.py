"""Describes the machine on which the figures were measured."""

import os
import platform
from pathlib import Path

import psutil


def described(postgres_version: str) -> dict[str, str]:
    model = next(
        (line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
         if line.startswith("model name")), platform.processor(),
    )  # fmt: skip
    return {
        "processor": f"{os.cpu_count()} cores of {model}, shared by load generator, database and server",
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"Linux {platform.release().partition('-')[0]}, Python {platform.python_version()}, "
        f"PostgreSQL {postgres_version}, fsync on",
    }
