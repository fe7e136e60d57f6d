"""The caller of a request, as one typed object: anonymous, or a signed-in user."""

from dataclasses import dataclass

from vestibule.domain.session import Session, SessionType
from vestibule.domain.user import User


@dataclass(frozen=True, slots=True)
class Anonymous:
    """The caller of an anonymous request. `bad_credential`: a credential was sent and refused."""

    bad_credential: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user with the session of the request. `touched`: this request extended the session's idle expiry."""

    user: User
    session: Session
    roles: tuple[str, ...]
    session_type: SessionType
    touched: bool = False


Caller = Anonymous | Principal
