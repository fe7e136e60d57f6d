"""pgbench scripts as the reference for PostgreSQL's own speed: the product's SELECT, and the smallest statement that
writes what a refresh writes. Keys are computed from numbers.
"""

import time

from load import AGENT
from vestibule.repositories.active import ACTIVE, ROLES

CLIENTS = 32
TOKENS_PER_CLIENT = 10_000
_NOW = str(time.time_ns() // 1000)
_WEEK = "604800000000"


def _line(statement: str) -> str:
    """The statement on one line, as pgbench needs it, with its constants filled in."""
    return " ".join(statement.replace(":now", _NOW).replace(":week", _WEEK).split()) + ";\n"


def session_check(sessions: int) -> str:
    """Return a script that checks random sessions; only even numbers, which are the cookie sessions."""
    return f"\\set n 2 * random(0, {sessions // 2 - 1})\n" + _line(f"""
        SELECT s.id, s.user_id, s.type, s.amr, s.aal, s.authenticated_at, s.last_seen_at, s.idle_expires_at,
            s.absolute_expires_at, u.username, u.email, u.email_verified_at, u.name, u.locale, u.time_zone,
            u.created_at, u.last_login_at, {ROLES["postgresql"]}
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id = 'session_' || lpad(:n::text, 26, '0') AND {ACTIVE.replace("$2", ":now")}""")


def refresh() -> str:
    """Return a script that rotates refresh tokens; each client uses tokens of its own, each of them once."""
    return f"\\set i :i + 1\n\\set n :client_id * {TOKENS_PER_CLIENT} + :i\n" + _line(f"""
        WITH used AS (
            UPDATE refresh_tokens
            SET consumed_at = :now, successor_hash = md5('next' || :n), successor_sealed = 'v1.{"x" * 110}'
            WHERE token_hash = 'bench_' || :n AND consumed_at IS NULL AND expires_at > :now RETURNING session_id),
        added AS (
            INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at)
            SELECT md5('next' || :n) || md5('more' || :n), session_id, :now, :now + :week FROM used),
        seen AS (
            UPDATE sessions SET last_seen_at = :now, idle_expires_at = :now + :week
            FROM used WHERE sessions.id = used.session_id),
        noted AS (
            INSERT INTO audit_events (id, occurred_at, action, actor_id, subject_id, session_id, address, user_agent,
                device_label, request_id, detail)
            SELECT 'event_' || md5('event' || :n), :now, 'token.refreshed', session_id, session_id, session_id,
                '203.0.113.7', '{AGENT}', 'Firefox on Linux', 'req_01m7zczvg9e73anwn3e4mnsj4s', '{{}}' FROM used)
        SELECT s.user_id, s.amr, s.aal, s.authenticated_at, s.client_id FROM used JOIN sessions s
            ON s.id = used.session_id JOIN users u ON u.id = s.user_id""")


def tokens_for_refresh(sessions: int) -> str:
    """Return the statements that create the tokens for `refresh`."""
    return f"""
        TRUNCATE audit_events; DELETE FROM refresh_tokens WHERE issued_at = {_NOW};
        INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at)
        SELECT 'bench_' || n, 'session_' || lpad((n::bigint * 7919 % {sessions})::text, 26, '0'),
            {_NOW}, {_NOW} + {_WEEK}
        FROM generate_series(1, {CLIENTS * TOKENS_PER_CLIENT}) n;
        VACUUM ANALYZE refresh_tokens; CHECKPOINT"""
