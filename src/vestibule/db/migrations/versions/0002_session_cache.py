"""What keeps the workers' session caches right: numbered revocations, and how far each worker has followed them."""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = {
    "revocation_generation": """
        CREATE TABLE revocation_generation (
            id BIGINT PRIMARY KEY,
            generation BIGINT NOT NULL
        )""",
    "revocations": """
        CREATE TABLE revocations (
            generation BIGINT PRIMARY KEY,
            subjects TEXT NOT NULL
        )""",
    "cache_leases": """
        CREATE TABLE cache_leases (
            worker TEXT PRIMARY KEY,
            generation BIGINT NOT NULL
        )""",
}


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    # Refreshes are most of the audit log, and are kept for a shorter time.
    op.execute("CREATE INDEX audit_events_refreshes ON audit_events (occurred_at) WHERE action = 'token.refreshed'")
    op.execute("INSERT INTO revocation_generation (id, generation) VALUES (1, 0)")


def downgrade() -> None:
    op.execute("DROP INDEX audit_events_refreshes")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
