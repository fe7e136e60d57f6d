"""Response headers that many answers share, encoded once."""

from collections.abc import Iterable


class RawHeaders:
    """Headers as pairs of lower-case name and value (`pairs`), and as encoded lines (`encoded`, RFC 9112 section 5).

    Names and values are ours, or were read from a header: no value has a line break.
    """

    __slots__ = ("encoded", "pairs")

    def __init__(self, pairs: Iterable[tuple[bytes, bytes]]) -> None:
        self.pairs = tuple(pairs)
        self.encoded = b"".join([b"%b: %b\r\n" % pair for pair in self.pairs])

    def with_one(self, name: bytes, value: bytes) -> "RawHeaders":
        """Return these headers and one more, without encoding the others again: this runs for every session check."""
        longer = RawHeaders(())
        longer.pairs = (*self.pairs, (name, value))
        longer.encoded = b"%b%b: %b\r\n" % (self.encoded, name, value)
        return longer
