"""Vestibule: a self-hosted authentication service and identity provider."""

__version__ = "0.1.0"
