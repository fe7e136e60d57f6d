"""The profiles `express-guide` and `express-guide:list`, the edition whose `errors` is a list.

Its front ends send members that Vestibule does not have, such as `confirmPassword`; of a refusal they show `errors`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.route import Reshape, Route
from vestibule.compatibility.flat_profile import flattened, nested
from vestibule.compatibility.profile import Profile, SeenRequest, SiteMap
from vestibule.controllers import login
from vestibule.domain.errors import NotAuthenticated, VestibuleError
from vestibule.http.call import Answer, Call
from vestibule.http.problems import Refusal, named, status_of
from vestibule.observability.logs import get_logger
from vestibule.schemas.base import Input, Output
from vestibule.schemas.users import SafeUser

_log = get_logger("compatibility")
_PATHS = ("/api/session", "/api/users", "/api/csrf/restore")
_PROBES = frozenset({"/api/test", "/api/restore-user", "/api/require-auth", "/api/set-token-cookie"})
_TAGS = ("development",)


class Probe(Input):
    """A JSON object to be sent back."""

    request_body: dict[str, Any]


class ProbeAnswer(Output):
    """The JSON object that was sent."""

    request_body: dict[str, Any]


async def echo(call: Call[Probe]) -> Answer:
    """Send back the JSON object of the request. Development only."""
    return Answer(ProbeAnswer(request_body=call.body.request_body))


async def restore_user(call: Call[None]) -> Answer:
    """Get the signed-in user, or null. Development only."""
    return Answer(content=msgspec.json.encode(await _user(call)), media_type="application/json")


async def require_auth(call: Call[None]) -> Answer:
    """Get the signed-in user. Development only."""
    user = await _user(call)
    if user is None:
        raise NotAuthenticated
    return Answer(user)


async def _user(call: Call[None]) -> SafeUser | None:
    body: Any = (await login.current_session(call)).body
    found: SafeUser | None = body.user
    return found


def _without_further_members(body: type[msgspec.Struct]) -> Reshape:
    """Return a `Route.reshape` that drops members which the body does not have. Their names are logged, not kept."""
    known = {field.encode_name for field in msgspec.structs.fields(body)}

    def reshape(call: Call[Any], sent: dict[str, Any]) -> dict[str, Any]:
        members = nested(call, sent)
        if further := [name[:64] for name in members if name not in known][:20]:
            _log.debug("members_ignored", names=further)
        return {name: value for name, value in members.items() if name in known}

    return reshape


def _whole(_: Call[Any], members: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": members}


def _rows(own: SiteMap) -> Iterable[Route]:
    for path in ("/api/session", "/api/users"):
        row = own["POST", path]
        yield replace(row, controller=flattened(row.controller), reshape=_without_further_members(row.body))
    session = own["GET", "/api/session"]
    yield replace(session, controller=flattened(session.controller))


def _probes(own: SiteMap) -> Iterable[Route]:
    hello = replace(own["GET", "/hello/world"], tags=_TAGS)
    session = replace(hello, authorised_by=own["GET", "/api/session"].authorised_by)
    yield replace(
        hello,
        method="POST",
        path="/api/test",
        controller=echo,
        authorised_by=AuthorisedBy.OWN_BODY | AuthorisedBy.CSRF_TOKEN,
        body=Probe,
        reshape=_whole,
        answers={200: ProbeAnswer},
    )
    yield replace(session, path="/api/restore-user", controller=restore_user, answers={200: "application/json"})
    yield replace(
        session, path="/api/require-auth", controller=require_auth, answers={200: SafeUser}, errors=(NotAuthenticated,)
    )


def _as_list(error: VestibuleError, body: Mapping[str, Any]) -> Refusal:
    sentences = named(body["errors"]) or [body["message"]]
    return Refusal(status_of(type(error)), {**body, "errors": sentences})


def _recognises(seen: SeenRequest) -> bool:
    """Whether the request is one of the course's probes."""
    return seen.path in _PROBES and seen.status == 404


PROFILE = Profile(
    name="express-guide",
    title="the Express authentication guide",
    rows=_rows,
    development_rows=_probes,
    recognises=_recognises,
)
LIST_PROFILE = Profile(
    name="express-guide:list",
    title="the Express authentication guide (errors as a list)",
    rows=_rows,
    development_rows=_probes,
    refusals=dict.fromkeys(_PATHS, _as_list),
)
