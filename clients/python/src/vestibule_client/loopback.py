"""Names that end in `.localhost` are this machine (RFC 6761 section 6.3), also where the system does not know them."""

import socket

import httpx


class LoopbackNames(httpx.HTTPTransport):
    """Connects to 127.0.0.1 for such a name, as browsers do, unless the system's resolver knows it: in a container it
    may be another machine.
    """

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request. Its Host header, and the name for TLS, stay as they are."""
        host = request.url.host
        if host.endswith(".localhost") and not _resolves(host):
            request.url = request.url.copy_with(host="127.0.0.1")
            request.extensions = {**request.extensions, "sni_hostname": host}
        return super().handle_request(request)


def transport_for(issuer: str) -> httpx.BaseTransport | None:
    """Return the transport for an issuer with such a name; None for any other: httpx's own."""
    return LoopbackNames() if httpx.URL(issuer).host.endswith(".localhost") else None


def _resolves(host: str) -> bool:
    try:
        socket.getaddrinfo(host, None)
    except OSError:
        return False
    return True
