"""Routes for health, keys and configuration, and those that exist in development only."""

from vestibule.checks.guards import anyone, development
from vestibule.checks.route import Route
from vestibule.controllers import connect, mailbox, system
from vestibule.domain.errors import NotFound
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

ROUTES = (
    Route(method="GET", path="/health", controller=system.health, guard=anyone, answers={200: HealthView}),
    Route(
        method="GET",
        path="/health/ready",
        controller=system.ready,
        guard=anyone,
        answers={200: ReadinessView, 503: ReadinessView},
    ),
    Route(
        method="GET",
        path="/metrics",
        controller=system.metrics,
        guard=anyone,
        answers={200: "text/plain"},
        errors=(NotFound,),
    ),
    Route(method="GET", path="/.well-known/jwks.json", controller=system.jwks, guard=anyone, answers={200: JwksView}),
    Route(
        method="GET",
        path="/.well-known/change-password",
        controller=system.change_password_address,
        guard=anyone,
        answers={303: None},
    ),
    Route(
        method="GET",
        path="/.well-known/passkey-endpoints",
        controller=system.passkey_endpoints,
        guard=anyone,
        answers={200: PasskeyEndpoints},
    ),
    Route(
        method="GET",
        path="/.well-known/webauthn",
        controller=system.related_origins,
        guard=anyone,
        answers={200: RelatedOrigins},
    ),
    Route(method="GET", path="/api/config", controller=system.config, guard=anyone, answers={200: ConfigView}),
    Route(
        method="GET",
        path="/api/openapi.json",
        controller=system.openapi,
        guard=anyone,
        answers={200: "application/json"},
    ),
    Route(
        method="GET",
        path="/hello/world",
        controller=system.hello,
        guard=development,
        answers={200: "text/plain"},
        tags=("development",),
    ),
    Route(
        method="GET",
        path="/dev/mailbox.json",
        controller=mailbox.list_mails,
        guard=development,
        answers={200: list[MailView]},
        errors=(NotFound,),
        tags=("development",),
    ),
    Route(
        method="GET",
        path="/dev/mailbox/{id}",
        controller=mailbox.mail_html,
        guard=development,
        answers={200: "text/html"},
        errors=(NotFound,),
        tags=("development",),
    ),
    Route(
        method="GET",
        path="/dev/connect.json",
        controller=connect.guides,
        guard=development,
        answers={200: ConnectView},
        errors=(NotFound,),
        tags=("development",),
    ),
    Route(
        method="GET",
        path="/dev/calls.json",
        controller=connect.recent_calls,
        guard=development,
        answers={200: RecentCallsView},
        errors=(NotFound,),
        tags=("development",),
    ),
)
