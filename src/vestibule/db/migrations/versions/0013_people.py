"""First and last name of a user, and the further fields of the profile that operators declare.

`users.profile` is a JSON object: the values by field. Older code writes neither of these and goes on serving; what it
erases of a deleted account, newer code erases completely.
"""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLES: dict[str, str] = {}
_COLUMNS = {"first_name": "TEXT", "last_name": "TEXT", "profile": "TEXT NOT NULL DEFAULT '{}'"}


def upgrade() -> None:
    for name, kind in _COLUMNS.items():
        op.execute(f"ALTER TABLE users ADD COLUMN {name} {kind}")


def downgrade() -> None:
    for name in _COLUMNS:
        op.execute(f"ALTER TABLE users DROP COLUMN {name}")
