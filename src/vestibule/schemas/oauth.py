"""Schemas of the OAuth endpoints: member names are those of the RFCs, so they are not in camel case."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from vestibule.schemas.base import Input, Output, Secret, Word

_Token = Annotated[str, Meta(max_length=8192)]


class ClientForm(Struct, kw_only=True):
    """A form from a confidential client. Extension fields are ignored, and fields without a value count as omitted (RFC
    6749 section 3.2).
    """

    client_id: Word | None = None
    client_secret: Secret | None = None


class TokenForm(ClientForm):
    """The token to introspect or to revoke."""

    token: _Token
    token_type_hint: Word | None = None


class Introspection(Struct, kw_only=True, omit_defaults=True):
    """The state of a token (RFC 7662 section 2.2). If it is not active, there is no other member."""

    active: bool
    token_type: str = ""
    scope: str = ""
    client_id: str = ""
    username: str = ""
    sub: str = ""
    aud: str = ""
    iss: str = ""
    exp: int = 0
    iat: int = 0
    jti: str = ""
    sid: str = ""
    auth_time: int = 0
    acr: str = ""
    amr: list[str] = []
    roles: list[str] = []
    email: str = ""
    email_verified: bool | None = None


class ServerMetadata(Struct, kw_only=True):
    """The authorization server metadata (RFC 8414 section 2)."""

    issuer: str
    jwks_uri: str
    introspection_endpoint: str
    revocation_endpoint: str
    introspection_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    response_types_supported: list[str]
    status_list_aggregation_endpoint: str
    status_changes_endpoint: str
    authorization_response_iss_parameter_supported: bool = False


class ApiTokenRequest(Input):
    """The API that the token is for (RFC 8707), and the scopes it should have; all of the API's if `scope` is empty."""

    resource: Word
    scope: Word = ""


class ApiTokenView(Output):
    """An access token for one API. `expiresIn` is in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


def introspection(claims: dict[str, Any] | None) -> Introspection:
    """Return the introspection of these claims; not active for None."""
    known = Introspection.__struct_fields__
    return (
        Introspection(active=False)
        if claims is None
        else Introspection(**{k: v for k, v in claims.items() if k in known})
    )
