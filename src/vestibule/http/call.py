"""One request on its way to one service call, and the answer on its way back."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from msgspec import Struct
from starlette.requests import Request

from vestibule.domain.device import Device
from vestibule.domain.errors import NotAuthenticated
from vestibule.domain.principal import Anonymous, Caller, Principal
from vestibule.http.cookies import Cookies
from vestibule.http.edge import Edge
from vestibule.services import Services

Body = TypeVar("Body")


@dataclass(slots=True)
class Call(Generic[Body]):
    """What a controller gets. The steps of the route fill it in, in order; `body` is decoded and valid."""

    request: Request
    services: Services
    edge: Edge
    cookies: Cookies
    device: Device
    caller: Caller = field(default_factory=Anonymous)
    body: Body = None  # type: ignore[assignment]  # set by the decode step before any controller runs
    limit_headers: dict[str, str] = field(default_factory=dict)

    @property
    def principal(self) -> Principal:
        """The signed-in caller. Raises NotAuthenticated; the guard `signed_in` has made sure."""
        if isinstance(self.caller, Principal):
            return self.caller
        raise NotAuthenticated

    @property
    def presented(self) -> Mapping[str, str]:
        """The cookies of the request; one that came twice is not there at all."""
        return self.cookies.read(self.request.headers.getlist("cookie"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a controller gives back. `cookies` are whole Set-Cookie values, made by http/cookies.py only.

    `stream`: the body comes in parts, as long as somebody listens.
    """

    body: Struct | None = None
    status: int = 200
    cookies: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None
    stream: AsyncIterator[bytes] | None = None
    media_type: str = "application/json"
