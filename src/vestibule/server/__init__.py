"""Our own HTTP server: worker processes, and the handling of a connection before it becomes an ASGI request."""
