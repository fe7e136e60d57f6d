"""Until when an email or a job makes sense, which code may use the schema, and a table for trying whether writes work.

`outbox` gets the account and the code that a row makes sense with, and the time when it was dropped for want of sense;
rows that wait already have none of this and are sent as before. `one_time_codes_by_flow` finds the code of an email,
also when it is used up. `schema_compatibility` has one row: the oldest revision whose code may use the schema (see the
package's docstring). `write_probes` is always empty: what a readiness check writes there is rolled back.
"""

from alembic import op

revision = "0012"
down_revision = "0011"

TABLES = {
    "schema_compatibility": """
        CREATE TABLE schema_compatibility (
            oldest_code TEXT NOT NULL
        )""",
    "write_probes": """
        CREATE TABLE write_probes (
            filler TEXT NOT NULL
        )""",
}
_COLUMNS = {"expires_at": "BIGINT", "user_id": "TEXT", "flow_id": "TEXT", "dropped_at": "BIGINT"}


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    op.execute("INSERT INTO schema_compatibility (oldest_code) VALUES ('0012')")
    for name, kind in _COLUMNS.items():
        op.execute(f"ALTER TABLE outbox ADD COLUMN {name} {kind}")
    op.execute("DROP INDEX outbox_by_next_try")
    op.execute("CREATE INDEX outbox_by_next_try ON outbox (sent_at, dead_at, dropped_at, next_try_at)")
    op.execute("CREATE INDEX one_time_codes_by_flow ON one_time_codes (flow_id)")


def downgrade() -> None:
    op.execute("DROP INDEX one_time_codes_by_flow")
    op.execute("DROP INDEX outbox_by_next_try")
    op.execute("UPDATE outbox SET dead_at = dropped_at WHERE dropped_at IS NOT NULL")
    op.execute("CREATE INDEX outbox_by_next_try ON outbox (sent_at, dead_at, next_try_at)")
    for name in _COLUMNS:
        op.execute(f"ALTER TABLE outbox DROP COLUMN {name}")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
