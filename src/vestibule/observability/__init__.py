"""Logs, metrics, and the recent calls that the development pages show."""
