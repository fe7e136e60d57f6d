"""More than a password: passkeys, one-time codes, recovery codes, trusted devices, and attempts that remember more.

Half-finished logins live ten minutes: they are not carried over.
"""

from alembic import op

revision = "0003"
down_revision = "0002"

TABLES = {
    "credentials": """
        CREATE TABLE credentials (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id),
            kind TEXT NOT NULL,
            lookup TEXT NOT NULL,
            secret TEXT NOT NULL,
            counter BIGINT NOT NULL,
            name TEXT NOT NULL,
            detail TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            confirmed_at BIGINT,
            last_used_at BIGINT,
            used_at BIGINT,
            CONSTRAINT credentials_unique UNIQUE (kind, lookup)
        )""",
    "trusted_devices": """
        CREATE TABLE trusted_devices (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id),
            token_hash TEXT NOT NULL CONSTRAINT trusted_devices_unique UNIQUE,
            device_label TEXT NOT NULL,
            address TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            last_used_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )""",
    "factor_recoveries": """
        CREATE TABLE factor_recoveries (
            id TEXT PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (id),
            started_by TEXT NOT NULL,
            requested_at BIGINT NOT NULL,
            ready_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            ended_at BIGINT,
            outcome TEXT
        )""",
    "login_attempts": """
        CREATE TABLE login_attempts (
            id TEXT PRIMARY KEY,
            purpose TEXT NOT NULL,
            door TEXT NOT NULL,
            binding_hash TEXT,
            session_id TEXT,
            identifier TEXT NOT NULL,
            user_id TEXT REFERENCES users (id),
            evidence TEXT NOT NULL,
            notes TEXT NOT NULL,
            submissions BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL,
            finished_at BIGINT
        )""",
}
INDEXES = {
    "credentials_by_user": "credentials (user_id, kind)",
    "trusted_devices_by_user": "trusted_devices (user_id)",
    "trusted_devices_by_expiry": "trusted_devices (expires_at)",
    "factor_recoveries_by_user": "factor_recoveries (user_id)",
    "login_attempts_by_expiry": "login_attempts (expires_at)",
    "login_attempts_by_session": "login_attempts (session_id)",
    "login_attempts_by_user": "login_attempts (user_id)",
}
OLD_ATTEMPTS = """
    CREATE TABLE login_attempts (
        id TEXT PRIMARY KEY,
        door TEXT NOT NULL,
        user_id TEXT REFERENCES users (id),
        evidence TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        finished_at BIGINT
    )"""


def upgrade() -> None:
    op.execute("DROP TABLE login_attempts")
    for statement in TABLES.values():
        op.execute(statement)
    for name, target in INDEXES.items():
        op.execute(f"CREATE INDEX {name} ON {target}")
    # Since when this user wants to be asked for a second factor.
    op.execute("ALTER TABLE users ADD COLUMN second_factor_at BIGINT")


def downgrade() -> None:
    op.execute("ALTER TABLE users DROP COLUMN second_factor_at")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
    op.execute(OLD_ATTEMPTS)
    op.execute("CREATE INDEX login_attempts_by_expiry ON login_attempts (expires_at)")
