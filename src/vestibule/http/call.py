"""The types that controllers take and return: a decoded request (`Call`) and an `Answer`."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from msgspec import Struct
from starlette.requests import Request

from vestibule.domain.device import Device
from vestibule.domain.errors import NotAuthenticated
from vestibule.domain.principal import Anonymous, Caller, Principal
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.services import Services

Body = TypeVar("Body")


@dataclass(slots=True)
class Call(Generic[Body]):
    """A request as its controller gets it: the route's checks filled it in, in order; `body` is decoded and valid."""

    request: Request
    services: Services
    config: HttpConfig
    cookies: Cookies
    device: Device
    caller: Caller = field(default_factory=Anonymous)
    body: Body = None  # type: ignore[assignment]  # set by the decode step before any controller runs
    limit_headers: dict[str, str] = field(default_factory=dict)

    @property
    def principal(self) -> Principal:
        """The signed-in caller. Raises NotAuthenticated, which cannot happen behind the guard `signed_in`."""
        if isinstance(self.caller, Principal):
            return self.caller
        raise NotAuthenticated

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
