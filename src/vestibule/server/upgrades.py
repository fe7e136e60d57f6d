"""uvicorn's HTTP/1.1 protocol, with a safe way of reading a message that asks for an upgrade.

The parser stops after the head of such a message and leaves the rest to the protocol that takes over. uvicorn accepts
no upgrade and lets the parser go on, so that it reads the body as the next request (request smuggling).
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class TunnelRefused(Exception):
    """CONNECT asks for a tunnel (RFC 9110 section 9.3.6): what follows is not HTTP; the connection ends with 400."""


class UpgradeIgnoringProtocol(HttpToolsProtocol):
    """Reads a message with an Upgrade header as if the header were not there (RFC 9110 section 7.8, 9112 section 6.3).

    Subclasses must ignore a message for which `is_upgrade` is true: it is parsed again, without the header.
    """

    def data_received(self, data: bytes) -> None:
        """Parse received bytes: a part of a message, one, or several. Malformed input is answered with 400."""
        self._unset_keepalive_if_required()
        try:
            rest = self._parse(data)
            while rest:
                rest = self._parse(rest)
        except HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def is_upgrade(self) -> bool:
        """Whether the parser stopped at the current message because it asks for an upgrade. Raises TunnelRefused."""
        if not self.parser.should_upgrade():
            return False
        if self.parser.get_method() == b"CONNECT":
            raise TunnelRefused
        return True

    def _parse(self, data: bytes | memoryview) -> memoryview | None:
        """Parse until a message asks for an upgrade. Returns the bytes after its head, or None when all were parsed."""
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            head = self._head_without_upgrade()
            self.parser = HttpRequestParser(self)
            # As in uvicorn: a request after one that ends the connection is no error.
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self.parser.feed_data(head)
            return memoryview(data)[upgrade.args[0] :]
        return None

    def _head_without_upgrade(self) -> bytes:
        """The head just parsed, without Upgrade. Names and values come from the parser, so they have no line breaks."""
        first = b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%b: %b" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([first, *lines, b"\r\n"])
