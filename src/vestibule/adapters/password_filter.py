"""A Bloom filter in a file: tells whether a password is in a list of millions by about ten probes, without the list."""

import hashlib
import math
import mmap
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vestibule.domain.typed_text import password_forms

_MAGIC = b"VSTBLOOM1"
_HEADER = struct.Struct(">9sBQQ")
_SHA1 = re.compile(r"([0-9A-Fa-f]{40})(?::\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Built:
    """Result of building a filter: number of entries, size in bytes, and rate of false positives (0 to 1)."""

    entries: int
    size: int
    false_positives: float


class PasswordFilter:
    """Reads a filter file through memory-mapped pages, which do not count as the process's own memory.

    Raises ValueError for a file that is no filter or is truncated.
    """

    def __init__(self, path: str) -> None:
        with Path(path).open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(self._map) < _HEADER.size or self._map[: len(_MAGIC)] != _MAGIC:
            self._map.close()
            raise ValueError(f"{path} is no password filter; `vestibule passwords build-filter` makes one")
        _, self._probes, self._bits, self.entries = _HEADER.unpack_from(self._map)
        if len(self._map) != _HEADER.size + (self._bits + 7) // 8:
            self._map.close()
            raise ValueError(f"{path} is cut off; build it again")

    def contains(self, password: str) -> bool:
        """Whether the password is probably in the list: True for every listed password and for a few others."""
        places = _places(_digest(password), self._probes, self._bits)
        return all(self._map[_HEADER.size + (place >> 3)] & (1 << (place & 7)) for place in places)

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()


def build(lines: Iterable[str], target: Path, *, entries: int, false_positives: float) -> Built:
    """Write a filter file for about `entries` lines: passwords as text, or SHA-1 hashes with an optional `:count`.

    `false_positives` is the wanted rate, between 0 and 1.
    """
    bits = max(64, math.ceil(-entries * math.log(false_positives) / math.log(2) ** 2))
    probes = max(1, round(bits / max(1, entries) * math.log(2)))
    field = bytearray((bits + 7) // 8)
    count = 0
    for digest in _digests(lines):
        count += 1
        for place in _places(digest, probes, bits):
            field[place >> 3] |= 1 << (place & 7)
    draft = target.with_suffix(".part")
    with draft.open("wb") as file:
        file.write(_HEADER.pack(_MAGIC, probes, bits, count))
        file.write(field)
    draft.replace(target)
    rate = (1 - math.exp(-probes * count / bits)) ** probes
    return Built(count, _HEADER.size + len(field), rate)


def _digests(lines: Iterable[str]) -> Iterator[bytes]:
    for line in lines:
        text = line.rstrip("\r\n")
        if not text:
            continue
        hashed = _SHA1.match(text)
        if hashed:
            yield bytes.fromhex(hashed[1])
        else:
            yield from map(_digest, password_forms(text))


def _digest(password: str) -> bytes:
    """SHA-1, because the public lists are hashed with it; it protects no secret here. Some lists are not in UTF-8."""
    return hashlib.sha1(password.encode(errors="surrogateescape"), usedforsecurity=False).digest()


def _places(digest: bytes, probes: int, bits: int) -> Iterator[int]:
    """The bit positions of a digest by double hashing (Kirsch and Mitzenmacher): two numbers yield all `probes`."""
    first, second = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big") | 1
    return ((first + n * second) % bits for n in range(probes))
