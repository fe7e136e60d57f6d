"""Schemas of forward-auth."""

from vestibule.schemas.base import Input


class ReturnQuery(Input):
    """The protected address that the browser was opening."""

    to: str = ""


class AddressQuery(Input):
    """The address that the user is opening, on the host that received the forward-auth cookie."""

    address: str
