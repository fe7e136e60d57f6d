"""The caller of a request, as one typed object: anonymous, or known by a session; and a signed-in user as a whole."""

from dataclasses import dataclass

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.session import Session, SessionType
from vestibule.domain.user import User


@dataclass(frozen=True, slots=True)
class Anonymous:
    """The caller of a request without a credential that its route takes, or with one that is refused."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The caller of a request with a valid credential. `session`: as the session check returned it; that of an API key
    is the key itself. `touched`: this request extended the session's idle expiry.
    """

    session: ActiveSession
    touched: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user and the session of the request, as whole rows: for what changes an account or proves something
    anew. An API key never has one.
    """

    user: User
    session: Session
    roles: tuple[str, ...]

    @property
    def session_type(self) -> SessionType:
        """The type of the session."""
        return self.session.type


Caller = Anonymous | Authenticated
