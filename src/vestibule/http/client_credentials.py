"""Reads the credentials of an OAuth client: HTTP Basic, or two fields of the form (RFC 6749 section 2.3.1)."""

import base64
from urllib.parse import unquote_plus

from vestibule.domain.errors import FieldError, InvalidClient, InvalidRequest
from vestibule.schemas.oauth import ClientForm

_LONGEST = 1024


def client_credentials(authorization: list[str], form: ClientForm) -> tuple[str, str]:
    """Return the client's id and secret, unverified. Raises InvalidClient for none or unreadable ones, InvalidRequest
    for more than one way of sending them (RFC 6749 section 5.2).
    """
    if not authorization:
        if form.client_id is None or form.client_secret is None:
            raise InvalidClient
        return form.client_id, form.client_secret
    if len(authorization) > 1:
        raise InvalidRequest("The header Authorization stands more than once.")
    if form.client_secret is not None:
        error = FieldError("ambiguous", "Send the secret by HTTP Basic or in the form, not both.")
        raise InvalidRequest(fields={"client_secret": error})
    return _basic(authorization[0])


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic" or len(encoded) > _LONGEST:
            raise InvalidClient
        user, colon, password = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
    except ValueError as error:
        raise InvalidClient from error
    if not colon:
        raise InvalidClient
    pair = unquote_plus(user), unquote_plus(password)
    if any("\0" in part for part in pair):
        raise InvalidClient
    return pair
