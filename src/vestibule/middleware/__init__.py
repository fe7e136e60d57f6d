"""The ASGI layers that every request passes through: few, and measured."""
