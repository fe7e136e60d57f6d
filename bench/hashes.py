"""The upper bound of sign-ins: only hashes, on all cores, in a pool of threads. Prints hashes per second."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher

seconds = float(sys.argv[1])
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
stored = hasher.hash("password")
until = time.perf_counter() + seconds


def loop(_: int) -> tuple[int, float]:
    done, began = 0, time.perf_counter()
    while time.perf_counter() < until:
        hasher.verify(stored, "password")
        done += 1
    return done, time.perf_counter() - began


cores = os.cpu_count() or 1
with ThreadPoolExecutor(cores) as pool:
    print(sum(done / took for done, took in pool.map(loop, range(cores))))
