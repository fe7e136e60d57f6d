"""The types that controllers take and return: a decoded request (`Call`) and an `Answer`."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from msgspec import Struct
from starlette.requests import Request

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.device import Device
from vestibule.domain.errors import NotAuthenticated
from vestibule.domain.principal import Anonymous, Authenticated, Caller, Principal
from vestibule.domain.session import SessionType
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.services import Services

Body = TypeVar("Body")


@dataclass(slots=True)
class Call(Generic[Body]):
    """A request as its controller gets it: the route's checks filled it in, in order; `body` is decoded and valid.

    `whole`: the caller's user and session as rows, where the route's row says `whole_user`.
    """

    request: Request
    services: Services
    config: HttpConfig
    cookies: Cookies
    device: Device
    caller: Caller = field(default_factory=Anonymous)
    whole: Principal | None = None
    body: Body = None  # type: ignore[assignment]  # set by the decode step before any controller runs
    limit_headers: dict[str, str] = field(default_factory=dict)

    @property
    def session(self) -> ActiveSession:
        """The caller's session. Raises NotAuthenticated, which cannot happen behind the guard `signed_in`."""
        if isinstance(self.caller, Authenticated):
            return self.caller.session
        raise NotAuthenticated

    @property
    def cookie_session(self) -> ActiveSession | None:
        """The caller's session if it is a cookie session, else None."""
        found = self.caller.session if isinstance(self.caller, Authenticated) else None
        return found if found is not None and found.type is SessionType.COOKIE else None

    @property
    def renewed(self) -> tuple[str, ...]:
        """The session cookie with a fresh lifetime, when this request extended the session's idle expiry too."""
        secret = self.presented.get(self.cookies.session_name) if self.cookie_session else None
        touched = isinstance(self.caller, Authenticated) and self.caller.touched
        return (self.cookies.session(secret),) if secret and touched else ()

    @property
    def principal(self) -> Principal:
        """The signed-in user and the session, as rows. Raises NotAuthenticated, which cannot happen behind the guard
        `signed_in` of a row with `whole_user`.
        """
        if self.whole is None:
            raise NotAuthenticated
        return self.whole

    @property
    def presented(self) -> Mapping[str, str]:
        """The cookies of the request, by name; a cookie that was sent twice is left out."""
        return self.cookies.read(self.request.headers.getlist("cookie"))


@dataclass(frozen=True, slots=True)
class Answer:
    """A controller's answer. `cookies` are whole Set-Cookie values, made by http/cookies.py only.

    `content`: a body that is no text. `stream`: the parts of one that lasts as long as the client is connected.
    """

    body: Struct | None = None
    status: int = 200
    cookies: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    content: bytes | None = None
    stream: AsyncIterator[bytes] | None = None
    media_type: str = "application/json"
