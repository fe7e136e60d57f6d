"""Which tokens a client may introspect, and access tokens for APIs that were revoked before they expired.

Every client that is registered already may introspect its own tokens and no others from now on. One that has to know
about all of them (a gateway) gets that back from an operator: `vestibule clients update NAME --introspect all`.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = {
    "revoked_tokens": """
        CREATE TABLE revoked_tokens (
            id TEXT PRIMARY KEY,
            expires_at BIGINT NOT NULL
        )""",
}


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    op.execute("CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_at)")
    op.execute("ALTER TABLE clients ADD COLUMN introspects TEXT NOT NULL DEFAULT 'own'")


def downgrade() -> None:
    op.execute("ALTER TABLE clients DROP COLUMN introspects")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
