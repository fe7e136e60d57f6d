"""Adapters: implementations of the ports of domain/ports.py that reach files and other services."""
