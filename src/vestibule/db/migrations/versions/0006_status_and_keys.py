"""Where each session stands in the status lists, and API keys."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = {
    "status_indexes": """
        CREATE TABLE status_indexes (
            id BIGINT PRIMARY KEY,
            next_index BIGINT NOT NULL,
            void_before BIGINT NOT NULL
        )""",
    "api_keys": """
        CREATE TABLE api_keys (
            id TEXT PRIMARY KEY,
            user_id TEXT REFERENCES users (id),
            client_id TEXT REFERENCES clients (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            key_hash TEXT NOT NULL UNIQUE,
            hint TEXT NOT NULL,
            scopes TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            expires_at BIGINT,
            last_used_at BIGINT,
            revoked_at BIGINT,
            CHECK ((user_id IS NULL) <> (client_id IS NULL))
        )""",
}


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    op.execute("INSERT INTO status_indexes (id, next_index, void_before) VALUES (1, 0, 0)")
    op.execute("ALTER TABLE sessions ADD COLUMN status_index BIGINT")
    op.execute("CREATE UNIQUE INDEX sessions_by_status_index ON sessions (status_index)")
    op.execute("CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL")
    op.execute("CREATE INDEX api_keys_by_user ON api_keys (user_id)")
    op.execute("CREATE INDEX api_keys_by_client ON api_keys (client_id)")


def downgrade() -> None:
    op.execute("DROP INDEX sessions_by_revocation")
    op.execute("DROP INDEX sessions_by_status_index")
    op.execute("ALTER TABLE sessions DROP COLUMN status_index")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
