"""Links that undo something."""

from vestibule.schemas.base import Input, Output, Secret


class TokenRequest(Input):
    """The token of a mailed link."""

    token: Secret


class CancelRecoveryRequest(Input):
    """The token of the mailed link; somebody signed in needs none."""

    token: Secret = ""


class UndoneEmail(Output):
    """The account has its old address again."""

    email: str
    message: str
    success: bool = True
