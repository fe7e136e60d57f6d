"""Randomness, random numbers and ids."""

import secrets
from functools import lru_cache

from vestibule.domain.instant import Instant
from vestibule.domain.ports import Entropy

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _CROCKFORD for second in _CROCKFORD)


class SystemEntropy:
    """The operating system's random generator."""

    def token_bytes(self, count: int) -> bytes:
        """Return `count` random bytes (ASVS 11.5.1)."""
        return secrets.token_bytes(count)


def new_id(prefix: str, now: Instant, entropy: Entropy) -> str:
    """Return a new id with a type prefix, such as `user_01k…`, sortable to the microsecond (TypeID 0.3 over a UUIDv7).

    `now` is microseconds since 1970 UTC. RFC 9562 section 5.7, with the microseconds in `rand_a` (section 6.2,
    method 3) and 62 random bits after them.
    """
    millis, micros = divmod(now, 1_000)
    random = int.from_bytes(entropy.token_bytes(8), "big")
    rest = 0x7 << 76 | (micros * 4096 // 1_000) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return f"{prefix}_{_moment(millis)}{_base32(rest, 80)}"


def digits(count: int, entropy: Entropy) -> str:
    """Return `count` random decimal digits; all numbers are equally likely."""
    return str(below(10**count, entropy)).zfill(count)


def below(bound: int, entropy: Entropy) -> int:
    """Return a random number from 0 to `bound` - 1, each equally likely (rejection sampling, no modulo bias)."""
    width = (bound.bit_length() + 7) // 8
    ceiling = (1 << (8 * width)) // bound * bound
    while (value := int.from_bytes(entropy.token_bytes(width), "big")) >= ceiling:
        pass
    return value % bound


@lru_cache(maxsize=8)
def _moment(millis: int) -> str:
    """The first ten digits of an id: two zero bits and the 48-bit time in milliseconds. Cached: many ids share them."""
    return _base32(millis & ((1 << 48) - 1), 50)


def _base32(value: int, bits: int) -> str:
    return "".join([_PAIRS[value >> shift & 1023] for shift in range(bits - 10, -1, -10)])
