"""An index by time, so that the newest code of a user is found in one step however many there are.

Without it the time of an answer to wrong digits would grow with the codes of an account (ASVS 6.3.8).
"""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES: dict[str, str] = {}


def upgrade() -> None:
    op.execute("CREATE INDEX one_time_codes_by_time ON one_time_codes (user_id, purpose, created_at, id)")


def downgrade() -> None:
    op.execute("DROP INDEX one_time_codes_by_time")
