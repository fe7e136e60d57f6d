"""Registrations that wait for their address, the kinds of password hash in use, and how sign-ins go altogether."""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = {
    "hash_profiles": """
        CREATE TABLE hash_profiles (
            profile TEXT PRIMARY KEY,
            example TEXT NOT NULL,
            seen_at BIGINT NOT NULL
        )""",
    "sign_in_tallies": """
        CREATE TABLE sign_in_tallies (
            period BIGINT PRIMARY KEY,
            failures BIGINT NOT NULL,
            successes BIGINT NOT NULL
        )""",
}


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    # Until when somebody who registered in private mode may confirm the address; nobody signs in before.
    op.execute("ALTER TABLE users ADD COLUMN pending_until BIGINT")
    op.execute("CREATE INDEX users_by_pending ON users (pending_until) WHERE pending_until IS NOT NULL")


def downgrade() -> None:
    op.execute("DROP INDEX users_by_pending")
    op.execute("ALTER TABLE users DROP COLUMN pending_until")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
