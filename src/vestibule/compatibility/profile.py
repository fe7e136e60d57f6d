"""What a compatibility profile consists of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from vestibule.checks.route import Route
from vestibule.http.problems import Refusals

SiteMap = Mapping[tuple[str, str], Route]
"""Vestibule's own rows by method and path."""
Rows = Callable[[SiteMap], Iterable[Route]]
"""Makes rows out of own ones, so that guards, limits and checks are theirs."""


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request of a development server with the status of its response, by which a profile is recognised."""

    method: str
    path: str
    status: int
    has_authorization: bool


def _never(_: SeenRequest) -> bool:
    return False


def _none(_: SiteMap) -> Iterable[Route]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One reference system.

    `name`: its value in VESTIBULE_COMPATIBILITY. `title`: the system, for people. `rows`: rows that replace own ones of
    the same method and path, or add some; `development_rows` exist in development only. `refusals`: encoders of
    refusals, by the start of a path. `weakenings`: what operators accept with it, a sentence each, logged at the start.
    `recognises`: whether a request looks as if it came from this system's front end, which needs the profile.
    """

    name: str
    title: str
    rows: Rows = _none
    development_rows: Rows = _none
    refusals: Refusals = field(default_factory=lambda: MappingProxyType({}))
    weakenings: tuple[str, ...] = ()
    recognises: Callable[[SeenRequest], bool] = _never

    def all_rows(self, own: SiteMap, *, development: bool) -> tuple[Route, ...]:
        """Return the rows of this profile on a server of this kind."""
        return (*self.rows(own), *(self.development_rows(own) if development else ()))
