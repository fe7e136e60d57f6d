"""Roles: names that are granted to users and travel in tokens as the claim `roles`."""

import re

ROLE_NAME = re.compile(r"[a-z][a-z0-9_.:-]{0,62}\Z")


def is_role_name(name: str) -> bool:
    """Whether the text is a role name: at most 63 lower-case letters, digits and `_ . : -`, starting with a letter."""
    return ROLE_NAME.match(name) is not None
