"""The content of the emails."""
