"""Builds the ASGI application: the middleware in order, the routes, the start and the end."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from functools import lru_cache, partial
from importlib import import_module
from ipaddress import ip_network
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from vestibule import bootstrap, compatibility, settings
from vestibule.bootstrap import Overrides, System, policies
from vestibule.checks import csrf
from vestibule.checks.answer import DirectMiddleware, bind, direct, methods_by_path
from vestibule.checks.route import Route
from vestibule.compatibility.hints import Hints
from vestibule.domain.instant import SECOND
from vestibule.fastpath.answers import FastPath, FastPathMiddleware, FastRoute
from vestibule.fastpath.encoded_answers import EncodedAnswers
from vestibule.fastpath.forward_auth import PATHS as FORWARD_AUTH_PATHS
from vestibule.fastpath.forward_auth import FastForwardAuth
from vestibule.fastpath.introspection import PATH as INTROSPECTION_PATH
from vestibule.fastpath.introspection import FastIntrospection
from vestibule.fastpath.session import ROUTES as SESSION_ROUTES
from vestibule.fastpath.session import FastSession
from vestibule.http.config import HttpConfig
from vestibule.http.cookies import Cookies
from vestibule.http.forward_answers import allowed_headers
from vestibule.http.security_headers import Envelope
from vestibule.jobs.runner import Jobs
from vestibule.middleware.address import AddressMiddleware
from vestibule.middleware.body_limit import BodyLimitMiddleware
from vestibule.middleware.cross_origin import CrossOriginMiddleware
from vestibule.middleware.draining import DrainingMiddleware
from vestibule.middleware.envelope import EnvelopeMiddleware
from vestibule.middleware.errors import ErrorsMiddleware
from vestibule.middleware.forward_auth import Authorizer, ForwardAuthMiddleware
from vestibule.middleware.upgrades import UpgradeMiddleware
from vestibule.observability import logs
from vestibule.observability.metrics import Metrics
from vestibule.observability.recent_calls import RecentCalls
from vestibule.process.stopping import draining, on_signal
from vestibule.routes import ROUTES, pages
from vestibule.routes._openapi import document
from vestibule.services.access.decision_cache import DecisionCache
from vestibule.settings import Settings

LOOPBACK = ("127.0.0.0/8", "::1/128")
PAGES = Path(__file__).parent / "pages"
_Draining = Callable[[Callable[[], None]], AbstractContextManager[None]]
_log = logs.get_logger("server")
# Imported where they are used, for the sake of short commands; a server has them before the first request needs one.
for _library in ("aiosmtplib", "asyncpg", "email_validator", "jinja2", "joserfc.jwk", "segno", "ua_parser"):
    import_module(_library)


class Application(Starlette):
    """The Starlette application, with the fast path in front of all of its layers.

    `fast_path`: None where VESTIBULE_FAST_PATH turns it off; the ordinary routes then answer every request.
    `is_draining`: true once the worker stops; from then on no response takes the fast path.
    """

    fast_path: FastPath | None = None
    is_draining = False

    def drain(self) -> None:
        """Begin to stop: every connection closes after its response, and the worker reports itself as not ready."""
        self.is_draining = True
        if not isinstance(self.middleware_stack, DrainingMiddleware):
            self.state.services.operations.health.drain()
            self.middleware_stack = DrainingMiddleware(self.middleware_stack or self.build_middleware_stack())

    def build_middleware_stack(self) -> ASGIApp:
        """Return all layers: the protection against upgrades, the fast path, then those of `_middleware`."""
        stack = super().build_middleware_stack()
        return UpgradeMiddleware(FastPathMiddleware(stack, self.fast_path) if self.fast_path else stack)


def create_app(
    settings: Settings, overrides: Overrides | None = None, drain_by: _Draining | None = None
) -> Application:
    """Create the application with its own services; they connect when it starts.

    `drain_by`: the context manager by which our own server starts draining; None under other servers.
    """
    system = bootstrap.build(settings, overrides)
    config = http_config(settings)
    metrics = Metrics()
    cookies = Cookies(
        secure=config.secure,
        session_seconds=config.session_lifetime_seconds,
        cross_site_refresh=bool(config.foreign_origins),
        forward_domain=config.forward_domain,
        prefix=config.prefix,
    )
    authorizer = _authorizer(system, config, cookies)
    profiles = compatibility.chosen(config.compatibility)
    rows = compatibility.rows(ROUTES, profiles, development=config.development)
    app: Application = Application(
        routes=[*bind(rows), *pages.bind_pages(config)],
        middleware=_middleware(authorizer, system, config, metrics, rows),
        lifespan=lambda _: _running(system, app.drain, drain_by),
    )
    answers = EncodedAnswers(policies.encoded_answers_size(settings))
    if settings.server.fast_path == "on":
        app.fast_path = _fast_path(authorizer, system, answers, config, cookies, metrics, rows)
    app.router.redirect_slashes = False
    app.router.default = pages.missing
    app.state.services = system.services
    app.state.http_config = config
    app.state.cookies = cookies
    app.state.metrics = metrics
    app.state.encoded_answers = answers
    app.state.refusals = compatibility.refusals(profiles)
    app.state.openapi = partial(_openapi, config.compatibility, development=config.development)
    app.state.system = system
    app.state.recent_calls = RecentCalls()
    if settings.is_development:
        hints = Hints(compatibility.PROFILES.values(), config.compatibility)
        logs.listen(app.state.recent_calls.note, hints.note)
    return app


@lru_cache(maxsize=8)
def _openapi(names: tuple[str, ...], *, development: bool) -> str:
    """The OpenAPI document with these compatibility profiles, made when it is first asked for: that takes longer than
    the rest of the start.
    """
    profiles = compatibility.chosen(names)
    rows = compatibility.rows(ROUTES, profiles, development=development)
    return document(rows, names, compatibility.refusals(profiles))


def _authorizer(system: System, config: HttpConfig, cookies: Cookies) -> Authorizer:
    access, envelope = system.services.access, Envelope(config)
    # Encoded once for each signature: every request to an application behind a proxy gets such an answer.
    decisions = DecisionCache(
        access.forward_auth, system.clock, lambda session, token: envelope.around(allowed_headers(session, token))
    )
    return Authorizer(decisions, access.session_check, access.forward_auth, cookies, config)


def _fast_path(
    authorizer: Authorizer,
    system: System,
    answers: EncodedAnswers,
    config: HttpConfig,
    cookies: Cookies,
    metrics: Metrics,
    rows: Sequence[Route],
) -> FastPath:
    check, csrf = system.services.access.session_check, system.services.abuse.csrf
    # The fast path encodes answers by itself: a row that a profile replaced must not be passed by.
    own = {row.path for row in rows if row.method == FastSession.method and row in ROUTES}
    routes: dict[str, FastRoute] = {
        route: FastSession(route, check, answers, csrf, cookies, config) for route in SESSION_ROUTES if route in own
    }
    forward = FastForwardAuth(authorizer.decisions, check, system.services.access.forward_auth, cookies)
    routes |= dict.fromkeys(FORWARD_AUTH_PATHS, forward)
    routes[INTROSPECTION_PATH] = FastIntrospection(check, answers, config)
    return FastPath(routes, metrics, system.new_request_id)


def _middleware(
    authorizer: Authorizer, system: System, config: HttpConfig, metrics: Metrics, rows: Sequence[Route]
) -> list[Middleware]:
    return [
        Middleware(EnvelopeMiddleware, config=config, metrics=metrics, new_request_id=system.new_request_id),
        # Forward-auth stands in front of every layer that checks where a request comes from: the headers of such a
        # request are those of the forwarded request.
        Middleware(ErrorsMiddleware),
        Middleware(ForwardAuthMiddleware, authorizer=authorizer),
        Middleware(
            CrossOriginMiddleware,
            config=config,
            methods=methods_by_path(rows),
            csrf_headers=csrf.HEADERS,
        ),
        # Once more inside CORS, so that pages on another origin can read the error documents.
        Middleware(ErrorsMiddleware),
        Middleware(AddressMiddleware, config=config),
        Middleware(BodyLimitMiddleware, limit=config.body_limit),
        Middleware(DirectMiddleware, endpoints=direct(rows)),
    ]


def worker(parent: int | None = None) -> Application:
    """Create the application of one worker process, with the settings in the environment that its parent prepared.

    `parent`: a file descriptor that becomes readable when the parent process is gone.
    """
    loaded = settings.load()
    logs.configure(json=not loaded.is_development, level=loaded.server.log_level)
    return create_app(loaded, drain_by=lambda drain: draining(drain, loaded.stop_delay, parent))


def http_config(settings: Settings) -> HttpConfig:
    """Return the part of the settings that the HTTP layers need, with the networks of proxies parsed."""
    server = settings.server
    trusted = (*server.trusted_proxies, *(LOOPBACK if settings.is_development else ()))
    return HttpConfig(
        public_url=server.public_url,
        app_url=settings.app_url,
        pages_url=settings.pages_url,
        cors_origins=server.cors_origins,
        trusted_proxies=tuple(ip_network(network, strict=False) for network in trusted),
        proxy_header=server.proxy_header,
        further_hosts=server.allowed_hosts,
        development=settings.is_development,
        body_limit=server.body_limit,
        session_lifetime_seconds=settings.sessions.idle // SECOND,
        product=server.product,
        registration=settings.flows.registration,
        password_min_length=settings.passwords.minimum,
        metrics_token=server.metrics_token,
        forward_domain=settings.proxy.domain,
        compatibility=server.compatibility,
        pages=PAGES,
        profile_fields=settings.flows.profile_fields,
    )


@asynccontextmanager
async def _running(system: System, drain: Callable[[], None], drain_by: _Draining | None) -> AsyncIterator[None]:
    await system.database.open()
    jobs = Jobs(system.services, system.database.mail_waiting)
    jobs.start()
    with drain_by(drain) if drain_by else nullcontext(), on_signal(system.services.tokens.status_changes.stop):
        _log.info("worker_ready")
        yield
    system.services.tokens.status_changes.stop()
    await jobs.stop()
    await system.close()
