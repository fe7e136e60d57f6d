"""Names of the field: sessions have a type (cookie, token), and the outbox says whether a row is an email or a job.

`sessions.kind` becomes `sessions.type`, with `cookie` for `browser`; `login_attempts.door` becomes `session_type`, with
the same values; `outbox.template` becomes `outbox.name` beside the new `outbox.kind`. Server and command line of older
releases do not run on this schema: stop them first.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

TABLES: dict[str, str] = {}

_UP = (
    "ALTER TABLE sessions RENAME COLUMN kind TO type",
    "UPDATE sessions SET type = 'cookie' WHERE type = 'browser'",
    "ALTER TABLE login_attempts RENAME COLUMN door TO session_type",
    "UPDATE login_attempts SET session_type = 'cookie' WHERE session_type = 'browser'",
    "ALTER TABLE outbox RENAME COLUMN template TO name",
    "ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'email'",
    "UPDATE outbox SET kind = 'deferred_job', name = substr(name, 8) WHERE name LIKE 'errand.%'",
)
_DOWN = (
    "UPDATE outbox SET name = 'errand.' || name WHERE kind = 'deferred_job'",
    "ALTER TABLE outbox DROP COLUMN kind",
    "ALTER TABLE outbox RENAME COLUMN name TO template",
    "UPDATE login_attempts SET session_type = 'browser' WHERE session_type = 'cookie'",
    "ALTER TABLE login_attempts RENAME COLUMN session_type TO door",
    "UPDATE sessions SET type = 'browser' WHERE type = 'cookie'",
    "ALTER TABLE sessions RENAME COLUMN type TO kind",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
