"""The first tables: users, sessions, tokens, codes, attempts, limits, outbox, audit, keys, roles.

One statement serves both engines: TEXT ids, times as BIGINT microseconds since 1970 UTC, nullable times instead of
booleans, JSON as TEXT.
"""

from alembic import op

revision = "0001"
down_revision = None

TABLES = {
    "users": """
        CREATE TABLE users (
            id TEXT PRIMARY KEY,
            username TEXT NOT NULL,
            username_canonical TEXT NOT NULL CONSTRAINT users_username_unique UNIQUE,
            email TEXT NOT NULL,
            email_canonical TEXT NOT NULL CONSTRAINT users_email_unique UNIQUE,
            email_verified_at BIGINT,
            password_hash TEXT,
            password_changed_at BIGINT,
            last_login_at BIGINT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL,
            disabled_at BIGINT,
            deleted_at BIGINT,
            not_before BIGINT NOT NULL DEFAULT 0,
            name TEXT,
            locale TEXT,
            time_zone TEXT,
            metadata TEXT NOT NULL DEFAULT '{}'
        )""",
    "sessions": """
        CREATE TABLE sessions (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id),
            kind TEXT NOT NULL,
            token_hash TEXT UNIQUE,
            amr TEXT NOT NULL,
            aal BIGINT NOT NULL,
            authenticated_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            last_seen_at BIGINT NOT NULL,
            idle_expires_at BIGINT NOT NULL,
            absolute_expires_at BIGINT NOT NULL,
            revoked_at BIGINT,
            revoke_reason TEXT,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL,
            device_label TEXT NOT NULL,
            client_id TEXT NOT NULL
        )""",
    "refresh_tokens": """
        CREATE TABLE refresh_tokens (
            token_hash TEXT PRIMARY KEY,
            session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
            issued_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            consumed_at BIGINT,
            successor_hash TEXT,
            successor_sealed TEXT
        )""",
    "one_time_codes": """
        CREATE TABLE one_time_codes (
            id TEXT PRIMARY KEY,
            purpose TEXT NOT NULL,
            form TEXT NOT NULL,
            user_id TEXT NOT NULL REFERENCES users (id),
            flow_id TEXT NOT NULL,
            code_hash TEXT NOT NULL,
            bound_value TEXT NOT NULL,
            attempts BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            used_at BIGINT,
            voided_at BIGINT,
            CONSTRAINT one_time_codes_unique UNIQUE (purpose, code_hash)
        )""",
    "login_attempts": """
        CREATE TABLE login_attempts (
            id TEXT PRIMARY KEY,
            door TEXT NOT NULL,
            user_id TEXT REFERENCES users (id),
            evidence TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            finished_at BIGINT
        )""",
    "rate_limits": """
        CREATE TABLE rate_limits (
            key TEXT PRIMARY KEY,
            tat BIGINT NOT NULL,
            hits BIGINT NOT NULL DEFAULT 0,
            expires_at BIGINT NOT NULL
        )""",
    "outbox": """
        CREATE TABLE outbox (
            id TEXT PRIMARY KEY,
            template TEXT NOT NULL,
            payload_sealed TEXT,
            attempts BIGINT NOT NULL DEFAULT 0,
            created_at BIGINT NOT NULL,
            next_try_at BIGINT NOT NULL,
            leased_until BIGINT NOT NULL DEFAULT 0,
            last_error TEXT,
            sent_at BIGINT,
            dead_at BIGINT
        )""",
    "audit_events": """
        CREATE TABLE audit_events (
            id TEXT PRIMARY KEY,
            occurred_at BIGINT NOT NULL,
            action TEXT NOT NULL,
            actor_id TEXT,
            subject_id TEXT,
            session_id TEXT,
            address TEXT NOT NULL,
            user_agent TEXT NOT NULL,
            device_label TEXT NOT NULL,
            request_id TEXT NOT NULL,
            detail TEXT NOT NULL
        )""",
    "signing_keys": """
        CREATE TABLE signing_keys (
            kid TEXT PRIMARY KEY,
            alg TEXT NOT NULL,
            public_jwk TEXT NOT NULL,
            private_sealed TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            activates_at BIGINT NOT NULL,
            retires_at BIGINT
        )""",
    "roles": """
        CREATE TABLE roles (
            name TEXT PRIMARY KEY,
            created_at BIGINT NOT NULL
        )""",
    "user_roles": """
        CREATE TABLE user_roles (
            user_id TEXT NOT NULL REFERENCES users (id),
            role TEXT NOT NULL REFERENCES roles (name),
            granted_at BIGINT NOT NULL,
            PRIMARY KEY (user_id, role)
        )""",
    "leases": """
        CREATE TABLE leases (
            name TEXT PRIMARY KEY,
            holder TEXT NOT NULL,
            leased_until BIGINT NOT NULL
        )""",
}

INDEXES = {
    "sessions_by_user": "sessions (user_id, revoked_at)",
    "sessions_by_expiry": "sessions (absolute_expires_at)",
    "refresh_tokens_by_session": "refresh_tokens (session_id)",
    "refresh_tokens_by_expiry": "refresh_tokens (expires_at)",
    "one_time_codes_by_user": "one_time_codes (user_id, purpose)",
    "one_time_codes_by_expiry": "one_time_codes (expires_at)",
    "login_attempts_by_expiry": "login_attempts (expires_at)",
    "rate_limits_by_expiry": "rate_limits (expires_at)",
    "outbox_by_next_try": "outbox (sent_at, dead_at, next_try_at)",
    "audit_events_by_subject": "audit_events (subject_id, occurred_at)",
    "audit_events_by_time": "audit_events (occurred_at)",
}


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    for name, target in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {target}")


def downgrade() -> None:
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
