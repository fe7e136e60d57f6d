"""Forward-auth."""

from vestibule.schemas.base import Input


class ReturnQuery(Input):
    """The protected address that somebody wanted to see."""

    to: str = ""
