"""What every request crosses. Pure ASGI, few, and measured."""
