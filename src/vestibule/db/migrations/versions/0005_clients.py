"""Registered APIs and confidential callers, and their secrets."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = {
    "clients": """
        CREATE TABLE clients (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            audience TEXT UNIQUE,
            scopes TEXT NOT NULL,
            created_at BIGINT NOT NULL
        )""",
    "client_secrets": """
        CREATE TABLE client_secrets (
            secret_hash TEXT PRIMARY KEY,
            client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
            created_at BIGINT NOT NULL,
            expires_at BIGINT
        )""",
}


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    op.execute("CREATE INDEX client_secrets_by_client ON client_secrets (client_id)")


def downgrade() -> None:
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
