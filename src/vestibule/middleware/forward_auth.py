"""The answers to reverse proxies that ask whether a request may go on (docs/forward-auth.md).

What arrives here carries the headers of somebody else's request. Its origin, method, media type and host are not ours
to judge, so this stands in front of the layers that do. Whatever is unclear is refused.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from vestibule.domain.active_session import ActiveSession
from vestibule.domain.errors import ForwardAuthUnclear
from vestibule.http.client_address import trusted_peers
from vestibule.http.cookies import Cookies
from vestibule.http.edge import Edge
from vestibule.http.forward_answers import passed, stopped, wants_page
from vestibule.http.original_request import original_request
from vestibule.http.respond import answered
from vestibule.middleware.forward_way import Questions
from vestibule.middleware.principal import BEARER
from vestibule.services.forward_auth import Asked, ForwardAuth, Passed, Stopped
from vestibule.services.session_check import SessionCheck

_PATH, _NGINX, _ENVOY = "/forward-auth", "/forward-auth/nginx", "/forward-auth/envoy"
_TOLD_BY_THE_REQUEST = frozenset({b"x-forwarded-method", b"x-forwarded-host", b"x-forwarded-uri"})
_RawHeaders = list[tuple[bytes, bytes]]


class Judge:
    """From a proxy's question to a verdict."""

    def __init__(self, check: SessionCheck, forward_auth: ForwardAuth, cookies: Cookies, edge: Edge) -> None:
        self._check = check
        self._forward_auth = forward_auth
        self._cookies = cookies
        self._trusts = trusted_peers(edge.trusted_proxies)
        self.edge = edge
        self.questions = Questions()

    def is_asked(self, scope: Scope) -> bool:
        """Whether a proxy asks."""
        path = scope["path"] if scope["type"] == "http" else ""
        return path.startswith(_PATH) and (path in (_PATH, _NGINX) or path.startswith(f"{_ENVOY}/"))

    async def verdict(self, scope: Scope) -> tuple[Asked, str, Passed | Stopped]:
        """The request that was asked about, its method, and whether it may go on. Raises ForwardAuthUnclear."""
        peer, is_envoys = scope["client"][0] if scope["client"] else "", scope["path"].startswith(_ENVOY)
        told = _as_envoy_tells(scope) if is_envoys else scope["headers"]
        found = original_request(told) if self._trusts(peer) else None
        if found is None:
            raise ForwardAuthUnclear
        asked, method = found
        if not is_envoys:
            self.questions.remember(peer, scope["headers"], asked, self._forward_auth.requirement(asked))
        return asked, method, await self._forward_auth.judge(asked, await self._session(scope["headers"]))

    async def _session(self, headers: _RawHeaders) -> ActiveSession | None:
        """By a cookie of ours that is good, else by a token or key: applications have Authorization headers too."""
        lines, given = [], []
        for name, value in headers:
            if name == b"cookie":
                lines.append(value.decode("latin-1"))
            elif name == b"authorization":
                given.append(value.decode("latin-1"))
        cookies, found = self._cookies.read(lines), None
        if secret := cookies.get(self._cookies.session_name):
            found = await self._check.by_cookie(secret)
        if found is None and (stamp := cookies.get(self._cookies.forward_name)):
            found = await self._forward_auth.by_stamp(stamp)
        if found is None:
            bearer = BEARER.match(given[0]) if len(given) == 1 else None
            found = await self._check.by_bearer(bearer[1]) if bearer else None
        return found.session if found else None


class ForwardAuthMiddleware:
    """Says yes, or no and why."""

    def __init__(self, app: ASGIApp, judge: Judge) -> None:
        self._app = app
        self._judge = judge

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on. Raises ForwardAuthUnclear and the reasons of a no."""
        if not self._judge.is_asked(scope):
            await self._app(scope, receive, send)
            return
        scope["vestibule.route"] = _PATH
        asked, method, verdict = await self._judge.verdict(scope)
        if isinstance(verdict, Passed):
            headers = [(b"content-length", b"0"), *passed(verdict).pairs]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        page, follows = wants_page(method, Headers(raw=scope["headers"])), scope["path"] != _NGINX
        answer = answered(stopped(verdict, asked, self._judge.edge, page=page, follows=follows))
        await answer(scope, receive, send)


def _as_envoy_tells(scope: Scope) -> _RawHeaders:
    """Envoy repeats the request below our path: its method, host and address are the request's own."""
    kept = [(name, value) for name, value in scope["headers"] if name not in _TOLD_BY_THE_REQUEST]
    target = (scope.get("raw_path") or b"").removeprefix(_ENVOY.encode())
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    hosts = [(b"x-forwarded-host", value) for name, value in kept if name == b"host"]
    return [*kept, (b"x-forwarded-method", scope["method"].encode()), (b"x-forwarded-uri", target), *hosts]
