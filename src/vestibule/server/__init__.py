"""Our own HTTP server: processes, and what happens on a connection before it is an ASGI request."""
