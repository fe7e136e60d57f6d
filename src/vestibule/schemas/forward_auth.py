"""Schemas of forward-auth."""

from vestibule.schemas.base import Input


class ReturnQuery(Input):
    """The protected address that the browser was opening."""

    to: str = ""


class AddressQuery(Input):
    """The address that the user of a forward-auth cookie opens, on the host that the cookie came to."""

    address: str
