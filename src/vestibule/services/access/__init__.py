"""Access decisions: session checks, forward-auth, introspection and revocation."""

from dataclasses import dataclass

from vestibule.services.access.api_tokens import ApiTokens
from vestibule.services.access.forward_auth import ForwardAuth
from vestibule.services.access.session_check import SessionCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessServices:
    """The services of the access area; each attribute is named after its module."""

    api_tokens: ApiTokens
    forward_auth: ForwardAuth
    session_check: SessionCheck
