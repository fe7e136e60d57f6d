"""Who is asking: one typed object per request."""

from dataclasses import dataclass

from vestibule.domain.session import Door, Session
from vestibule.domain.user import User


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody is signed in. `bad_credential` says that something was presented and refused."""

    bad_credential: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in user with the session that says so. `touched`: this request moved the idle expiry on."""

    user: User
    session: Session
    roles: tuple[str, ...]
    door: Door
    touched: bool = False


Caller = Anonymous | Principal
