"""The ASGI application: middleware in order, routes, errors. One screen."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from ipaddress import ip_network
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from vestibule import bootstrap, settings
from vestibule.bootstrap import Parts, System
from vestibule.domain.instant import SECOND
from vestibule.http.cookies import Cookies
from vestibule.http.edge import Edge
from vestibule.jobs.runner import Jobs
from vestibule.jobs.stopping import leaving, on_signal
from vestibule.middleware import forward_way, introspection, session_check
from vestibule.middleware.address import AddressMiddleware
from vestibule.middleware.body_limit import BodyLimitMiddleware
from vestibule.middleware.cross_origin import CrossOriginMiddleware
from vestibule.middleware.envelope import EnvelopeMiddleware
from vestibule.middleware.errors import ErrorsMiddleware
from vestibule.middleware.forward_auth import ForwardAuthMiddleware, Judge
from vestibule.middleware.forward_way import ForwardWay
from vestibule.middleware.introspection import IntrospectionWay
from vestibule.middleware.leaving import LeavingMiddleware
from vestibule.middleware.session_check import SessionWay
from vestibule.middleware.short_ways import ShortWays, ShortWaysMiddleware, Way
from vestibule.middleware.upgrades import UpgradeMiddleware
from vestibule.observability import logs
from vestibule.observability.metrics import Metrics
from vestibule.observability.recent_calls import RecentCalls
from vestibule.routes import ROUTES, pages
from vestibule.routes._openapi import document
from vestibule.routes._route import DirectMiddleware, bind, direct
from vestibule.settings import Settings

LOOPBACK = ("127.0.0.0/8", "::1/128")
PAGES = Path(__file__).parent / "pages"
_Leaving = Callable[[Callable[[], None]], AbstractContextManager[None]]
_log = logs.get_logger("server")


class Application(Starlette):
    """Starlette, with the short ways in front of all of its layers. `is_leaving`: every answer takes the long way."""

    short_ways: ShortWays
    is_leaving = False

    def leave(self) -> None:
        """From here on connections end with their answer, and the worker is not ready for more."""
        self.is_leaving = True
        if not isinstance(self.middleware_stack, LeavingMiddleware):
            self.state.services.health.leave()
            self.middleware_stack = LeavingMiddleware(self.middleware_stack or self.build_middleware_stack())

    def build_middleware_stack(self) -> ASGIApp:
        return UpgradeMiddleware(ShortWaysMiddleware(super().build_middleware_stack(), self.short_ways))


def create_app(given: Settings, parts: Parts | None = None, leave_by: _Leaving | None = None) -> Application:
    """An application with its own services; they connect when it starts. `leave_by`: how our own server stops."""
    system = bootstrap.build(given, parts)
    edge = edge_of(given)
    metrics = Metrics()
    cookies = Cookies(
        secure=edge.secure,
        session_seconds=edge.session_lifetime_seconds,
        cross_site_refresh=bool(edge.foreign_origins),
        forward_domain=edge.forward_domain,
        prefix=edge.prefix,
    )
    judge = Judge(system.services.session_check, system.services.forward_auth, cookies, edge)
    app: Application = Application(
        routes=[*bind(ROUTES), *pages.bind_pages(edge)],
        middleware=_middleware(judge, system, edge, metrics),
        lifespan=lambda _: _running(system, app.leave, leave_by),
    )
    app.short_ways = _short_ways(judge, system, edge, cookies, metrics)
    app.router.redirect_slashes = False
    app.router.default = pages.missing
    app.state.services = system.services
    app.state.edge = edge
    app.state.cookies = cookies
    app.state.metrics = metrics
    app.state.openapi = document(ROUTES)
    app.state.system = system
    app.state.recent_calls = RecentCalls()
    if given.is_development:
        app.state.recent_calls.follow()
    return app


def _short_ways(judge: Judge, system: System, edge: Edge, cookies: Cookies, metrics: Metrics) -> ShortWays:
    check = system.services.session_check
    ways: dict[str, Way] = {route: SessionWay(route, check, cookies, edge) for route in session_check.ROUTES}
    forward = ForwardWay(judge.questions, check, system.services.forward_auth, cookies, edge)
    ways |= dict.fromkeys(forward_way.PATHS, forward)
    ways[introspection.PATH] = IntrospectionWay(check, edge)
    return ShortWays(ways, metrics, system.new_request_id)


def _middleware(judge: Judge, system: System, edge: Edge, metrics: Metrics) -> list[Middleware]:
    return [
        Middleware(EnvelopeMiddleware, edge=edge, metrics=metrics, new_request_id=system.new_request_id),
        # In front of every layer that judges where a request comes from: this one is about somebody else's request.
        Middleware(ErrorsMiddleware),
        Middleware(ForwardAuthMiddleware, judge=judge),
        Middleware(CrossOriginMiddleware, edge=edge),
        # Inside CORS: pages on another origin must be able to read what was refused.
        Middleware(ErrorsMiddleware),
        Middleware(AddressMiddleware, edge=edge),
        Middleware(BodyLimitMiddleware, limit=edge.body_limit),
        Middleware(DirectMiddleware, endpoints=direct(ROUTES)),
    ]


def worker(parent: int | None = None) -> Application:
    """What a server process loads: settings come from the environment its parent prepared. `parent`: a file descriptor
    that can be read when the parent is gone.
    """
    given = settings.load()
    logs.configure(json=not given.is_development, level=given.server.log_level)
    return create_app(given, leave_by=lambda leave: leaving(leave, given.stop_delay, parent))


def edge_of(given: Settings) -> Edge:
    """The HTTP side of the settings."""
    server = given.server
    trusted = (*server.trusted_proxies, *(LOOPBACK if given.is_development else ()))
    return Edge(
        public_url=server.public_url,
        app_url=given.app_url,
        cors_origins=server.cors_origins,
        trusted_proxies=tuple(ip_network(network, strict=False) for network in trusted),
        proxy_header=server.proxy_header,
        further_hosts=server.allowed_hosts,
        development=given.is_development,
        body_limit=server.body_limit,
        session_lifetime_seconds=given.sessions.idle // SECOND,
        product=server.product,
        registration=given.flows.registration,
        password_min_length=given.passwords.minimum,
        metrics_token=server.metrics_token,
        forward_domain=given.proxy.domain,
        pages=PAGES,
    )


@asynccontextmanager
async def _running(system: System, leave: Callable[[], None], leave_by: _Leaving | None) -> AsyncIterator[None]:
    await system.database.open()
    jobs = Jobs(system.services, system.database.mail_waiting)
    jobs.start()
    with leave_by(leave) if leave_by else nullcontext(), on_signal(system.services.status_changes.stop):
        _log.info("worker_ready")
        yield
    system.services.status_changes.stop()
    await jobs.stop()
    await system.close()
