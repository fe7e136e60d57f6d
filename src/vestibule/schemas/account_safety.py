"""Schemas of emailed links that undo a change."""

from vestibule.schemas.base import Input, Output, Secret


class TokenRequest(Input):
    """The token of an emailed link."""

    token: Secret


class CancelRecoveryRequest(Input):
    """The token of the emailed link; a signed-in caller needs none."""

    token: Secret = ""


class UndoneEmail(Output):
    """The email address was changed back; `email` is the address of the account now."""

    email: str
    message: str
    success: bool = True
