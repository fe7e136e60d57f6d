"""Schemas of forward-auth."""

from vestibule.schemas.base import Input


class ReturnQuery(Input):
    """The protected address that the browser was opening."""

    to: str = ""
