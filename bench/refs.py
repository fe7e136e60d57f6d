"""What PostgreSQL itself does: pgbench scripts with the statements of the product, keys made by arithmetic."""

from vestibule.repositories.active import ACTIVE, ROLES

# Every second session belongs to the browser door; %d is how many there are.
SELECT = (
    f"""
\\set n 2 * random(0, %d - 1)
\\set now %now
SELECT s.id, s.user_id, s.kind, s.amr, s.aal, s.authenticated_at, s.last_seen_at, s.idle_expires_at,
    s.absolute_expires_at, u.username, u.email, u.email_verified_at, u.name, u.locale, u.time_zone, u.created_at,
    u.last_login_at, {ROLES["postgresql"]}
FROM sessions s JOIN users u ON u.id = s.user_id
WHERE s.id = 'session_' || lpad(:n::text, 26, '0') AND {ACTIVE.replace("$2", ":now")};
""".replace("\n    ", " ")
    .replace("\nFROM", " FROM")
    .replace("\nWHERE", " WHERE")
)

# Each client walks through tokens of its own: bench_<number>, each used up once.
REFRESH = """
\\set i :i + 1
\\set n :client_id * 10000 + :i
\\set now %now
WITH used AS (UPDATE refresh_tokens SET consumed_at = :now, successor_hash = 'next_' || :n, successor_sealed = 'v1.%s' WHERE token_hash = 'bench_' || :n AND consumed_at IS NULL AND expires_at > :now RETURNING session_id), added AS (INSERT INTO refresh_tokens (token_hash, session_id, issued_at, expires_at) SELECT 'next_' || :n, session_id, :now, :now + 604800000000 FROM used), seen AS (UPDATE sessions SET last_seen_at = :now, idle_expires_at = :now + 604800000000 FROM used WHERE sessions.id = used.session_id), noted AS (INSERT INTO audit_events (id, occurred_at, action, actor_id, subject_id, session_id, address, user_agent, device_label, request_id, detail) SELECT 'event_' || :n, :now, 'token.refreshed', session_id, session_id, session_id, '203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux', 'req_01m7zczvg9e73anwn3e4mnsj4s', '{}' FROM used) SELECT s.user_id, s.amr FROM used JOIN sessions s ON s.id = used.session_id JOIN users u ON u.id = s.user_id;
""".replace("%s", "x" * 110)
