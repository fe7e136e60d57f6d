"""Password hashes: created with Argon2id or bcrypt, verified with both, in a bounded pool of threads."""

import asyncio
import base64
import hashlib
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal, TypeVar

import bcrypt
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import HashingError, InvalidHashError, VerificationError
from argon2.low_level import Type

from vestibule.domain.errors import Overloaded

T = TypeVar("T")

# bcrypt uses only the first 72 bytes. Longer passwords are hashed first (SHA-384, base64: 64 bytes without NUL) and
# the stored hash is marked with this prefix, so that no password is truncated.
_BCRYPT_LIMIT = 72
_PREHASHED = "bcrypt-sha384:"
_NICE = 10
_DUMMY_INPUT = "a password that no account has"


@dataclass(frozen=True, slots=True, kw_only=True)
class HashPolicy:
    """How new hashes are created (ASVS 11.4.2), how many threads may hash at once, and how many hashes may wait."""

    scheme: Literal["argon2id", "bcrypt"] = "argon2id"
    argon2_memory_kib: int = 19 * 1024
    argon2_time: int = 2
    argon2_parallelism: int = 1
    bcrypt_cost: int = 12
    threads: int = 1
    queue: int = 64


class PasswordHashes:
    """Creates and verifies password hashes off the event loop.

    Callers must enter `room()` around their hashes, and before they count or write anything: when the queue is full, a
    request is refused before it has any effect.
    """

    def __init__(self, policy: HashPolicy) -> None:
        self._policy = policy
        self._argon2 = PasswordHasher(
            time_cost=policy.argon2_time,
            memory_cost=policy.argon2_memory_kib,
            parallelism=policy.argon2_parallelism,
            type=Type.ID,
        )
        self._threads = policy.threads
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="password", initializer=_lower_priority)
        self._rooms = 0
        self._running = 0
        self._dummy: str | None = None
        # Created now, so that the first login of an unknown user takes no longer than the second.
        self._pool.submit(self._dummy_hash)

    async def hash(self, password: str) -> str:
        """Hash a password under the current policy."""
        return await self._run(lambda: self._hash(password))

    async def verify(self, stored: str, password: str) -> bool:
        """Whether the stored hash is that of the password."""
        return await self._run(lambda: self._verify(stored, password))

    async def verify_alike(self, stored: str | None, forms: Sequence[str], examples: Sequence[str]) -> str | None:
        """Return the one of these `forms` of a password that the stored hash was made from; None when it is another
        password's. A wrong password takes the same time for every kind of hash in use, and for users without a hash:
        for each form, the `examples` of the other kinds are verified too (ASVS 6.3.8).
        """
        return await self._run(lambda: self._verify_alike(stored, forms, examples))

    async def example(self) -> str:
        """Return a hash under the current policy that belongs to no user."""
        return await self._run(self._dummy_hash)

    async def like(self, stored: str) -> str | None:
        """Return a hash of the same kind as `stored` that belongs to no user; None when `stored` is no valid hash."""
        return await self._run(lambda: _like(stored))

    async def burn(self, password: str) -> None:
        """Spend the time of one verification, for a user who has no hash."""
        await self._run(lambda: self._burn(password))

    def is_outdated(self, stored: str) -> bool:
        """Whether the current policy would create another kind of hash than this one."""
        if self._policy.scheme == "argon2id":
            return not stored.startswith("$argon2id$") or self._argon2.check_needs_rehash(stored)
        plain = stored.removeprefix(_PREHASHED)
        return not plain.startswith(f"$2b${self._policy.bcrypt_cost:02d}$")

    def close(self) -> None:
        """Drop waiting hashes and stop the threads once running ones are done; does not wait for them."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def room(self) -> Iterator[None]:
        """Take a place in the queue. Raises Overloaded when it is full; hashes of cancelled requests count too."""
        if max(self._rooms, self._running) >= self._threads + self._policy.queue:
            raise Overloaded(retry_after=2)
        self._rooms += 1
        try:
            yield
        finally:
            self._rooms -= 1

    async def _run(self, work: Callable[[], T]) -> T:
        self._running += 1
        future = asyncio.get_running_loop().run_in_executor(self._pool, work)
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, _: object) -> None:
        self._running -= 1

    def _hash(self, password: str) -> str:
        if self._policy.scheme == "argon2id":
            return self._argon2.hash(password)
        salt = bcrypt.gensalt(self._policy.bcrypt_cost)
        if len(password.encode()) <= _BCRYPT_LIMIT:
            return bcrypt.hashpw(password.encode(), salt).decode()
        return _PREHASHED + bcrypt.hashpw(_prehash(password), salt).decode()

    def _verify(self, stored: str, password: str) -> bool:
        if stored.startswith("$argon2"):
            return self._verify_argon2(stored, password)
        if stored.startswith(_PREHASHED):
            return _verify_bcrypt(stored.removeprefix(_PREHASHED), _prehash(password))
        if not stored.startswith("$2"):
            self._burn(password)
            return False
        if len(password.encode()) <= _BCRYPT_LIMIT:
            return _verify_bcrypt(stored, password.encode())
        # Too long for a hash without prehashing, so it is wrong; verifying anyway keeps the time the same.
        _verify_bcrypt(stored, _prehash(password))
        return False

    def _verify_alike(self, stored: str | None, forms: Sequence[str], examples: Sequence[str]) -> str | None:
        kind = profile(stored) if stored is not None else ""
        others = [example for example in examples if profile(example) != kind]
        for form in forms:
            if stored is not None and self._verify(stored, form):
                return form
            for example in others:
                self._verify(example, form)
        return None

    def _verify_argon2(self, stored: str, password: str) -> bool:
        try:
            return self._argon2.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    def _burn(self, password: str) -> None:
        self._verify(self._dummy_hash(), password)

    def _dummy_hash(self) -> str:
        if self._dummy is None:
            self._dummy = self._hash(_DUMMY_INPUT)
        return self._dummy


def profile(stored: str) -> str:
    """Return the kind of a hash: its algorithm and cost, which determine how long verifying takes."""
    if stored.startswith("$argon2"):
        return "$".join(stored.split("$")[:4])
    marker = _PREHASHED if stored.startswith(_PREHASHED) else ""
    return marker + "$".join(stored.removeprefix(marker).split("$")[:3])


def _like(stored: str) -> str | None:
    try:
        if stored.startswith("$argon2"):
            return PasswordHasher.from_parameters(extract_parameters(stored)).hash(_DUMMY_INPUT)
        marker = _PREHASHED if stored.startswith(_PREHASHED) else ""
        cost = int(stored.removeprefix(marker).split("$")[2])
        plain = _prehash(_DUMMY_INPUT) if marker else _DUMMY_INPUT.encode()
        return marker + bcrypt.hashpw(plain, bcrypt.gensalt(cost)).decode()
    except (InvalidHashError, HashingError, ValueError, IndexError, OverflowError):
        # A damaged hash: no password matches it, and it must not make other sign-ins fail.
        return None


def _lower_priority() -> None:
    """Lower the priority of a hashing thread below the event loops': a hash uses a whole core while it runs, a session
    check hardly anything.

    Only on Linux, which has a priority per thread; elsewhere it would apply to a process.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def _verify_bcrypt(stored: str, password: bytes) -> bool:
    try:
        return bcrypt.checkpw(password, stored.encode())
    except ValueError:
        return False


def _prehash(password: str) -> bytes:
    return base64.b64encode(hashlib.sha384(password.encode()).digest())
