"""Builds the services of access decisions."""

from vestibule.bootstrap import policies
from vestibule.bootstrap.foundation import Foundation
from vestibule.services.access import AccessServices
from vestibule.services.access.api_tokens import ApiTokens
from vestibule.services.access.forward_auth import ForwardAuth
from vestibule.services.access.session_check import SessionCheck
from vestibule.services.records import RecordServices
from vestibule.services.sessions import SessionServices
from vestibule.services.tokens import TokenServices


def access_services(
    base: Foundation, records: RecordServices, sessions: SessionServices, tokens: TokenServices
) -> AccessServices:
    """Build the services of access decisions; the others use the session check."""
    database, clock, settings = base.database, base.clock, base.settings
    check = SessionCheck(
        database,
        clock,
        base.keys.hasher,
        tokens.access_tokens,
        sessions.session_cache,
        sessions.cache_coherence,
        sessions.session_touches,
        base.assurance,
    )
    return AccessServices(
        api_tokens=ApiTokens(database, tokens.apis, tokens.access_tokens, tokens.api_keys, check, records.audit),
        forward_auth=ForwardAuth(
            clock,
            tokens.signing_keys,
            base.keys.forward_auth_cookies,
            check,
            policies.access_rules(settings),
            settings.server.public_url,
        ),
        session_check=check,
    )
