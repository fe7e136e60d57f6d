"""Rows by the hundred thousand, written by one text for both engines: INSERT with a series of numbers.

`i` is the number of a row. The times grow with it, as in real life: the first four fifths of the sessions are over.
"""

from factories import NOW
from vestibule.domain.instant import DAY, MINUTE

# The number that scatters what is a hash in real life: a prime, so that no two rows get the same.
_PRIME = 1_000_000_007
# Every fourth session belongs to one user, so that statistics know a user with very many.
_OWNER = "CASE WHEN i % 4 = 0 THEN 'user-1' ELSE 'user-' || i END"


def scattered(prefix: str, i: int) -> str:
    """A key as the rows have it: neighbours in time are none in an index."""
    return f"{prefix}-{i * 7919 % _PRIME}"


def _scattered(prefix: str) -> str:
    return f"'{prefix}-' || (i * 7919 % {_PRIME})"


def _tables(sessions: int) -> dict[str, tuple[int, dict[str, str | int]]]:
    """By table: how many rows per 100 sessions, and the expression of each column."""
    made = f"{NOW} - ({sessions} - i) * {MINUTE}"
    # A session ends a fifth of the span after it began, so that the last fifth is still active.
    ends = f"{made} + {sessions // 5 * MINUTE}"
    device = {"address": "'192.0.2.1'", "user_agent": "'agent'", "device_label": "'label'"}
    # Ten tokens a session; of a family only the last one is not consumed.
    family, made_token = "(i + 9) / 10", f"{NOW} - ({sessions} - (i + 9) / 10) * {MINUTE}"
    return {
        "users": (100, {
            "id": "'user-' || i", "username": "'Name' || i", "username_canonical": "'name' || i",
            "email": "'Name' || i || '@example.com'", "email_canonical": "'name' || i || '@example.com'",
            "email_verified_at": made, "password_hash": "'$argon2id$' || i", "password_changed_at": made,
            "created_at": made, "updated_at": made, "pending_until": f"CASE WHEN i % 50 = 0 THEN {made} END",
        }),
        "sessions": (100, {
            "id": "'session-' || i", "user_id": _OWNER, "type": "CASE WHEN i % 2 = 0 THEN 'cookie' ELSE 'token' END",
            "token_hash": f"CASE WHEN i % 2 = 0 THEN {_scattered('hash')} END", "amr": "'[\"pwd\"]'", "aal": 1,
            "authenticated_at": made, "created_at": made, "last_seen_at": made, "idle_expires_at": ends,
            "absolute_expires_at": ends, "revoked_at": f"CASE WHEN i % 20 = 0 THEN {made} + {MINUTE} END", **device,
            "client_id": "'vestibule'", "status_index": "i",
        }),
        "refresh_tokens": (1_000, {
            "token_hash": _scattered("token"), "session_id": f"'session-' || ({family})", "issued_at": made_token,
            "expires_at": f"{made_token} + {sessions // 5 * MINUTE}",
            "consumed_at": f"CASE WHEN i % 10 <> 0 THEN {made_token} END",
            "successor_hash": f"CASE WHEN i % 10 <> 0 THEN {_scattered('after')} END",
        }),
        "audit_events": (500, {
            "id": "'event-' || i", "occurred_at": f"{NOW} - ({sessions} * 5 - i) * {MINUTE // 5}",
            "action": "CASE WHEN i % 5 <> 0 THEN 'token.refreshed' ELSE 'session.created' END",
            "actor_id": "'user-' || ((i + 4) / 5)", "subject_id": "'user-' || ((i + 4) / 5)",
            "session_id": "'session-' || ((i + 4) / 5)", **device, "request_id": "'request-' || i", "detail": "'{}'",
        }),
        "one_time_codes": (100, {
            "id": "'code-' || i", "purpose": "'email_verification'",
            "form": "CASE WHEN i % 2 = 0 THEN 'digits' ELSE 'link' END",
            "user_id": "'user-' || ((i + 1) / 2 * 2)", "flow_id": "'flow-' || ((i + 1) / 2)",
            "code_hash": _scattered("code"), "bound_value": "'name' || ((i + 1) / 2 * 2) || '@example.com'",
            "created_at": made, "expires_at": f"{made} + {10 * MINUTE}",
            "used_at": f"CASE WHEN i % 3 = 0 THEN {made} END",
        }),
        "login_attempts": (100, {
            "id": "'attempt-' || i", "purpose": "'login'", "session_type": "'cookie'", "identifier": "'name' || i",
            "session_id": "'session-' || i", "user_id": _OWNER, "evidence": "'[]'", "notes": "'{}'", "submissions": 0,
            "created_at": made, "expires_at": f"{made} + {10 * MINUTE}",
            "finished_at": f"CASE WHEN i % 3 <> 0 THEN {made} END",
        }),
        "rate_limits": (100, {"key": _scattered("limit"), "tat": made, "hits": "i % 3", "expires_at": made}),
        "outbox": (100, {
            "id": "'mail-' || i", "kind": "'email'", "name": "'welcome'", "created_at": made, "next_try_at": made,
            "payload_sealed": f"CASE WHEN i > {sessions - 20} THEN 'sealed' END",
            "sent_at": f"CASE WHEN i <= {sessions - 20} AND i % 100 <> 0 THEN {made} END",
            "dead_at": f"CASE WHEN i <= {sessions - 20} AND i % 200 = 0 THEN {made} END",
            "dropped_at": f"CASE WHEN i <= {sessions - 20} AND i % 200 = 100 THEN {made} END",
        }),
        "user_roles": (100, {"user_id": "'user-' || i", "role": "'member'", "granted_at": made}),
        "credentials": (100, {
            "id": "'credential-' || i", "user_id": "'user-' || ((i + 9) / 10 * 10)", "kind": "'recovery_code'",
            "lookup": _scattered("lookup"), "secret": "''", "counter": 0, "name": "''", "detail": "''",
            "created_at": made, "confirmed_at": made, "used_at": f"CASE WHEN i % 3 = 0 THEN {made} END",
        }),
        "trusted_devices": (100, {
            "id": "'device-' || i", "user_id": _OWNER, "token_hash": _scattered("device"), "created_at": made,
            "device_label": "'label'", "address": "'192.0.2.1'", "last_used_at": made, "expires_at": ends,
        }),
        "factor_recoveries": (20, {
            "id": "'recovery-' || i", "user_id": "'user-' || i", "started_by": "'user'", "requested_at": made,
            "ready_at": made, "expires_at": f"{made} + {DAY}", "ended_at": f"CASE WHEN i % 3 = 0 THEN {made} END",
        }),
        "apis": (1, {
            "id": "'api-' || i", "name": "'api' || i", "audience": "'https://api' || i", "scopes": "'read'",
            "created_at": made,
        }),
        "clients": (10, {
            "id": "'client-' || i", "name": "'client' || i", "scopes": "''", "created_at": made, "introspects": "'own'",
            "api_id": "CASE WHEN i % 10 = 0 THEN 'api-' || (i / 10) END",
        }),
        "client_secrets": (20, {
            "secret_hash": _scattered("secret"), "client_id": "'client-' || ((i + 1) / 2)", "created_at": made,
        }),
        "api_keys": (100, {
            "id": "'key-' || i", "user_id": f"CASE WHEN i % 10 <> 0 THEN {_OWNER} END",
            "client_id": "CASE WHEN i % 10 = 0 THEN 'client-' || (i / 10) END", "name": "'key'", "hint": "'hint'",
            "key_hash": _scattered("key"), "scopes": "'read'", "created_at": made, "expires_at": ends,
            "revoked_at": f"CASE WHEN i % 20 = 1 THEN {made} END",
        }),
        "revoked_tokens": (100, {"id": _scattered("jti"), "expires_at": ends}),
        "revocations": (50, {"generation": "i", "subjects": "'session-' || i"}),
        "sign_in_tallies": (10, {"period": made, "failures": 1, "successes": 1}),
    }  # fmt: skip


# What has a row per installation, worker, role, key or kind: the plans of these do not matter.
FEW = {
    "roles": "INSERT INTO roles (name, created_at) VALUES ('member', 0)",
    "signing_keys": """INSERT INTO signing_keys (kid, alg, public_jwk, private_sealed, created_at, activates_at)
        VALUES ('kid', 'ES256', '{}', '', 0, 0)""",
    "hash_profiles": "INSERT INTO hash_profiles (profile, example, seen_at) VALUES ('argon2id', '', 0)",
    "leases": "INSERT INTO leases (name, holder, leased_until) VALUES ('outbox', 'worker', 0)",
    "cache_leases": "INSERT INTO cache_leases (worker, generation) VALUES ('worker', 1)",
    "revocation_generation": "UPDATE revocation_generation SET generation = 1000000",
    "status_indexes": "UPDATE status_indexes SET next_index = 100000000",
    "alembic_version": "",
    "schema_compatibility": "",
    "write_probes": "",
}
GROWING = tuple(_tables(0))


def statements(sessions: int, start: int, stop: int) -> list[str]:
    """Insert the share of the rows from `start` to `stop` (in per cent) of a population with so many sessions, and of ten
    times as many refresh tokens.
    """
    found = [sql for sql in FEW.values() if sql and start == 0]
    for table, (per_hundred, columns) in _tables(sessions).items():
        rows = sessions * per_hundred // 100
        first, last = rows * start // 100 + 1, rows * stop // 100
        found.append(f"""INSERT INTO {table} ({", ".join(columns)})
            WITH RECURSIVE n (i) AS (
                SELECT CAST({first} AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {last})
            SELECT {", ".join(map(str, columns.values()))} FROM n""")
    return found
