"""Routes for health, keys and configuration, and those that exist in development only."""

from functools import partial

from vestibule.checks.authorised_by import AuthorisedBy
from vestibule.checks.guards import anyone, development
from vestibule.checks.route import Route
from vestibule.controllers import connect, mailbox, system
from vestibule.domain.errors import DatabaseUnavailable, NotFound
from vestibule.routes._kinds import public
from vestibule.schemas.connect import ConnectView, RecentCallsView
from vestibule.schemas.system import (
    ConfigView,
    HealthView,
    JwksView,
    MailView,
    PasskeyEndpoints,
    ReadinessView,
    RelatedOrigins,
)

development_only = partial(public, guard=development, tags=("development",))
"""As `public`, in development only: elsewhere the address does not exist."""

ROUTES = (
    public("/health", system.health, answers={200: HealthView}),
    public("/health/ready", system.ready, answers={200: ReadinessView, 503: ReadinessView}),
    Route(
        "GET",
        "/metrics",
        system.metrics,
        guard=anyone,
        authorised_by=AuthorisedBy.METRICS_TOKEN,
        answers={200: "text/plain"},
        errors=(NotFound, DatabaseUnavailable),
    ),
    public("/.well-known/jwks.json", system.jwks, answers={200: JwksView}, errors=(DatabaseUnavailable,)),
    public("/.well-known/change-password", system.change_password_address, answers={303: None}),
    public("/.well-known/passkey-endpoints", system.passkey_endpoints, answers={200: PasskeyEndpoints}),
    public("/.well-known/webauthn", system.related_origins, answers={200: RelatedOrigins}),
    public("/api/config", system.config, answers={200: ConfigView}),
    public("/api/openapi.json", system.openapi, answers={200: "application/json"}),
    development_only(
        "/hello/world", system.hello, authorised_by=AuthorisedBy.SESSION_COOKIE, answers={200: "text/plain"}
    ),
    development_only(
        "/dev/mailbox.json", mailbox.list_mails, answers={200: list[MailView]}, errors=(DatabaseUnavailable,)
    ),
    development_only("/dev/mailbox/{id}", mailbox.mail_html, answers={200: "text/html"}),
    development_only("/dev/connect.json", connect.guides, answers={200: ConnectView}),
    development_only("/dev/calls.json", connect.recent_calls, answers={200: RecentCallsView}),
)
