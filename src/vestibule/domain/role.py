"""Roles: names that are granted to users and travel in tokens as the claim `roles`."""

import re

ROLE_NAME = re.compile(r"[a-z][a-z0-9_.:-]{0,62}\Z")


def is_role_name(name: str) -> bool:
    """Lower-case letters, digits and `_ . : -`, starting with a letter, at most 63 characters."""
    return ROLE_NAME.match(name) is not None
