"""Controllers for health, keys, CSRF, configuration and metrics."""

import hmac

import msgspec

from vestibule import i18n
from vestibule.domain.errors import NotFound
from vestibule.domain.instant import DAY, SECOND
from vestibule.http.call import Answer, Call
from vestibule.http.csrf_cookies import fresh_pair
from vestibule.schemas.system import (
    ConfigView,
    CsrfView,
    HealthView,
    JwksView,
    PasskeyEndpoints,
    ProfileFieldView,
    ReadinessView,
    RelatedOrigins,
)
from vestibule.services.tokens.signing_keys import JWKS_MAX_AGE_SECONDS

_ANY_ORIGIN = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}


async def health(_: Call[None]) -> Answer:
    """Report that the process answers. Nothing else is checked."""
    return Answer(HealthView(status="ok"))


async def ready(call: Call[None]) -> Answer:
    """Report whether requests can be served, and what is missing if not. 503 when they cannot."""
    found = await call.services.operations.health.readiness()
    status = "ok" if not found.outbox_late else "degraded"
    view = ReadinessView(
        status=status if found.is_ready else "unavailable",
        checks={
            "database": found.database,
            "migrations": found.migrations,
            "writes": found.writes,
            "secret": found.secret,
            "outbox": not found.outbox_late,
            "staying": found.staying,
        },
        outbox_age_seconds=found.outbox_age_seconds,
        dead_letters=found.dead_letters,
    )
    if found.is_ready:
        return Answer(view)
    return Answer(view, status=503, headers={"Retry-After": "5"})


async def csrf_token(call: Call[None]) -> Answer:
    """Get a CSRF token for this browser, also as the readable cookie XSRF-TOKEN."""
    token, cookies = _fresh_csrf(call)
    return Answer(CsrfView(token=token), cookies=cookies)


async def hello(call: Call[None]) -> Answer:
    """Get "Hello World!" with the CSRF cookie. Development only."""
    return Answer(text="Hello World!", media_type="text/plain; charset=utf-8", cookies=_fresh_csrf(call)[1])


async def jwks(call: Call[None]) -> Answer:
    """Get the public signing keys (RFC 7517)."""
    keys = await call.services.tokens.signing_keys.jwks()
    caching = {"Cache-Control": f"public, max-age={JWKS_MAX_AGE_SECONDS}", "Access-Control-Allow-Origin": "*"}
    return Answer(JwksView(keys=keys["keys"]), headers=caching)


async def config(call: Call[None]) -> Answer:
    """Get the configuration that pages need before sign-in."""
    config = call.config
    return Answer(
        ConfigView(
            product=config.product,
            registration=config.registration,
            development=config.development,
            languages=list(i18n.LANGUAGES),
            password_min_length=config.password_min_length,
            login_methods=list(call.services.login.login.methods),
            trusted_device_days=call.services.login.login.trusted_device_lifetime // DAY,
            deletion_grace_days=call.services.accounts.account_safety.grace // DAY,
            compatibility=list(config.compatibility),
            profile_fields=msgspec.convert(config.profile_fields.fields, list[ProfileFieldView], from_attributes=True),
        )
    )


async def change_password_address(call: Call[None]) -> Answer:
    """Redirect to the page for changing the password (W3C, A Well-Known URL for Changing Passwords)."""
    return Answer(status=303, headers={"Location": f"{call.config.pages_url}/account/security"})


async def passkey_endpoints(call: Call[None]) -> Answer:
    """Get the addresses where passkeys are created and managed, for password managers."""
    page = f"{call.config.pages_url}/account/security"
    return Answer(PasskeyEndpoints(enroll=page, manage=page), headers=_ANY_ORIGIN)


async def related_origins(call: Call[None]) -> Answer:
    """Get the origins that may use the passkeys of this service."""
    return Answer(RelatedOrigins(origins=list(call.services.credentials.passkeys.party.origins)), headers=_ANY_ORIGIN)


async def metrics(call: Call[None]) -> Answer:
    """Get Prometheus metrics. They need the metrics token as a bearer token; development needs none by default."""
    expected = f"Bearer {call.config.metrics_token}"
    header = call.request.headers.get("authorization", "")
    matches = bool(call.config.metrics_token) and hmac.compare_digest(header.encode(), expected.encode())
    if not matches and not (call.config.development and not call.config.metrics_token):
        raise NotFound
    collected = call.request.app.state.metrics
    state = await call.services.records.outbox.state()
    now = call.services.abuse.rate_limits.now()
    age = now - (state.oldest_pending_at or now)
    collected.outbox(state.pending, state.dead, state.dropped, age / SECOND)
    collected.sessions(await call.services.operations.health.live_sessions())
    return Answer(text=collected.render(), media_type="text/plain; version=0.0.4; charset=utf-8")


async def openapi(call: Call[None]) -> Answer:
    """Get this API's OpenAPI 3.1 document."""
    return Answer(text=call.request.app.state.openapi())


def _fresh_csrf(call: Call[None]) -> tuple[str, tuple[str, ...]]:
    session = call.cookie_session
    return fresh_pair(call.cookies, call.services.abuse.csrf, call.presented, session.id if session else None)
