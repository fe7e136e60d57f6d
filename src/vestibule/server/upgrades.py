"""uvicorn's protocol for HTTP/1.1, without its way of reading a message that asks for an upgrade.

The parser stops behind the head of such a message and leaves the rest to whoever takes the upgrade. uvicorn takes none
and lets the parser go on: it reads the body as the next request (request smuggling).
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class TunnelRefused(Exception):
    """CONNECT asks for a tunnel (RFC 9110 section 9.3.6): what follows is not HTTP; the connection ends with 400."""


class UpgradeIgnoringProtocol(HttpToolsProtocol):
    """Reads a message with an Upgrade header as if the header were not there (RFC 9110 section 7.8, 9112 section 6.3).

    Subclasses leave a message alone while `is_upgrade` says so: it comes again, without the header.
    """

    def data_received(self, data: bytes) -> None:
        """Take in bytes of one message, of several, or of a part of one."""
        self._unset_keepalive_if_required()
        try:
            rest = self._parse(data)
            while rest:
                rest = self._parse(rest)
        except HttpParserError:
            self.send_400_response("Invalid HTTP request received.")

    def is_upgrade(self) -> bool:
        """Whether the message at hand is one that the parser has stopped at. Raises TunnelRefused."""
        if not self.parser.should_upgrade():
            return False
        if self.parser.get_method() == b"CONNECT":
            raise TunnelRefused
        return True

    def _parse(self, data: bytes | memoryview) -> memoryview | None:
        """Read until a message asks for an upgrade; return what came behind the head of that one."""
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            head = self._head_without_upgrade()
            self.parser = HttpRequestParser(self)
            # uvicorn's own choice: a request behind one that ends the connection is no error.
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self.parser.feed_data(head)
            return memoryview(data)[upgrade.args[0] :]
        return None

    def _head_without_upgrade(self) -> bytes:
        """The head that was just read; names and values are the parser's, so they hold no line breaks."""
        first = b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        lines = [b"%b: %b" % (name, value) for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join([first, *lines, b"\r\n"])
