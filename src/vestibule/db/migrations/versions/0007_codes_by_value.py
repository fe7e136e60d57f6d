"""A user's newest code for an address, found at once however many came before it.

`one_time_codes.attempts` is read and written no more (guesses are counted in `rate_limits`). It stays until no older
server runs beside this one.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

TABLES: dict[str, str] = {}


def upgrade() -> None:
    op.execute("DROP INDEX one_time_codes_by_user")
    op.execute("CREATE INDEX one_time_codes_by_user ON one_time_codes (user_id, purpose, bound_value, created_at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX one_time_codes_by_user")
    op.execute("CREATE INDEX one_time_codes_by_user ON one_time_codes (user_id, purpose)")
