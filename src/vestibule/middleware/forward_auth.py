"""Answers reverse proxies that check whether a request is allowed (docs/forward-auth.md).

Such a request carries the headers of the request before the proxy. Its origin, method, media type and host are not ours
to check, so this layer stands in front of those that do. Whatever is unclear is denied.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.errors import ForwardAuthUnclear
from vestibule.http.bearer import BEARER
from vestibule.http.client_address import trusted_peers
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.http.forward_answers import denied_answer, wants_page
from vestibule.http.original_request import common_facts, is_short, original_request
from vestibule.http.raw_headers import RawHeaders
from vestibule.http.respond import answered
from vestibule.services.access.decision_cache import DecisionCache
from vestibule.services.access.forward_auth import Allowed, Decision, ForwardAuth, ForwardedRequest
from vestibule.services.access.session_check import SessionCheck

_PATH, _NGINX, _ENVOY = "/forward-auth", "/forward-auth/nginx", "/forward-auth/envoy"
_OF_THE_REQUEST_ITSELF = frozenset({b"x-forwarded-method", b"x-forwarded-host", b"x-forwarded-uri"})
_Pairs = list[tuple[bytes, bytes]]


class Authorizer:
    """Decides whether a request that a reverse proxy forwards is allowed."""

    def __init__(
        self,
        decisions: DecisionCache[RawHeaders],
        check: SessionCheck,
        forward_auth: ForwardAuth,
        cookies: Cookies,
        config: HttpConfig,
    ) -> None:
        self._check = check
        self._forward_auth = forward_auth
        self._cookies = cookies
        self._trusts = trusted_peers(config.trusted_proxies)
        self.config = config
        self.decisions = decisions

    def applies(self, scope: Scope) -> bool:
        """Whether this is a proxy's request for a decision, by its path."""
        path = scope["path"] if scope["type"] == "http" else ""
        return path.startswith(_PATH) and (path in (_PATH, _NGINX) or path.startswith(f"{_ENVOY}/"))

    async def decide(self, scope: Scope) -> tuple[ForwardedRequest, Decision]:
        """Return the forwarded request, and the decision about it. Raises ForwardAuthUnclear when the peer is not a
        trusted proxy, or its headers are unclear.
        """
        peer, is_envoys = scope["client"][0] if scope["client"] else "", scope["path"].startswith(_ENVOY)
        headers = _from_envoy(scope) if is_envoys else scope["headers"]
        request = original_request(headers) if self._trusts(peer) else None
        if request is None:
            raise ForwardAuthUnclear
        decision = self._forward_auth.decide(request, await self._session(scope["headers"]))
        if isinstance(decision, Allowed) and not is_envoys:
            self._remember(peer, scope["headers"], decision)
        return request, decision

    def _remember(self, peer: str, pairs: _Pairs, allowed: Allowed) -> None:
        """Keep the decision for the fast path, unless its headers are uncommon or long (memory)."""
        headers = dict(pairs)
        facts = common_facts(headers) if len(headers) == len(pairs) else None
        if facts is not None and is_short(facts):
            self.decisions.remember((peer, facts), allowed)

    async def _session(self, headers: _Pairs) -> ActiveSession | None:
        """The session, by a valid cookie of ours, else by a bearer token: applications use Authorization themselves."""
        lines, authorizations = [], []
        for name, value in headers:
            if name == b"cookie":
                lines.append(value.decode("latin-1"))
            elif name == b"authorization":
                authorizations.append(value.decode("latin-1"))
        cookies, found = self._cookies.read(lines), None
        if secret := cookies.get(self._cookies.session_name):
            found = await self._check.by_cookie(secret)
        if found is None and (signed := cookies.get(self._cookies.forward_auth_name)):
            found = await self._forward_auth.by_forward_auth_cookie(signed)
        if found is None:
            bearer = BEARER.match(authorizations[0]) if len(authorizations) == 1 else None
            found = await self._check.by_bearer(bearer[1]) if bearer else None
        return found.session if found else None


class ForwardAuthMiddleware:
    """Answers requests of proxies with 200 and identity headers, or with a denial; passes all other requests on."""

    def __init__(self, app: ASGIApp, authorizer: Authorizer) -> None:
        self._app = app
        self._authorizer = authorizer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a proxy's request, or pass the request on. Raises ForwardAuthUnclear, or the error of a denial."""
        if not self._authorizer.applies(scope):
            await self._app(scope, receive, send)
            return
        scope["vestibule.route"] = _PATH
        request, decision = await self._authorizer.decide(scope)
        if isinstance(decision, Allowed):
            answer = await self._authorizer.decisions.answer(decision)
            headers = [(b"content-length", b"0"), *answer.pairs]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        page, follows = wants_page(request.method, Headers(raw=scope["headers"])), scope["path"] != _NGINX
        denied = answered(denied_answer(decision, request, self._authorizer.config, page=page, follows=follows))
        await denied(scope, receive, send)


def _from_envoy(scope: Scope) -> _Pairs:
    """The headers of Envoy's check. It repeats the request below our path, so method, host and target are its own."""
    kept = [(name, value) for name, value in scope["headers"] if name not in _OF_THE_REQUEST_ITSELF]
    target = (scope.get("raw_path") or b"").removeprefix(_ENVOY.encode())
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    hosts = [(b"x-forwarded-host", value) for name, value in kept if name == b"host"]
    return [*kept, (b"x-forwarded-method", scope["method"].encode()), (b"x-forwarded-uri", target), *hosts]
