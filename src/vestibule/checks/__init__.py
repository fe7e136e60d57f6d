"""The checks that a route's row declares, as data, and that run before its controller."""
