"""APIs (audience, scopes) become a table of their own beside the clients that speak for them.

An API that was registered as a client keeps that id, which its tokens carry as `client_id`; the client keeps its
secrets and keys. Older code goes on serving, and goes on registering, changing and deleting clients: `clients.audience`
and `clients.scopes` stay filled for such a pair, `clients.introspects` stays the column of `may_introspect`, and the
database itself writes `apis` where older code does not. (PostgreSQL by rules: `pg_dump --table` omits the functions of
triggers.) A later revision drops the two columns, and what is in `_OLDER_CODE`. An API without a client of its id, and
a second client of an API, are not visible to older code, which refuses their tokens.
"""

from alembic import op

revision = "0014"
down_revision = "0013"

TABLES = {
    "apis": """
        CREATE TABLE apis (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            audience TEXT NOT NULL UNIQUE,
            scopes TEXT NOT NULL,
            created_at BIGINT NOT NULL
        )""",
}

# For the clients that are there, and for each one that older code adds: it writes no `api_id`.
_COPIED = """INSERT INTO apis (id, name, audience, scopes, created_at)
    SELECT id, name, audience, scopes, created_at FROM clients WHERE audience IS NOT NULL AND api_id IS NULL"""
_LINKED = "UPDATE clients SET api_id = id WHERE audience IS NOT NULL AND api_id IS NULL"
_DELETED = "DELETE FROM apis WHERE id = OLD.id"
_OLDER_CODE = {
    "sqlite": (
        f"CREATE TRIGGER clients_added AFTER INSERT ON clients BEGIN {_COPIED}; {_LINKED}; END",
        f"CREATE TRIGGER clients_deleted AFTER DELETE ON clients BEGIN {_DELETED}; END",
    ),
    "postgresql": (
        f"CREATE RULE clients_added AS ON INSERT TO clients DO ALSO ({_COPIED}; {_LINKED})",
        f"CREATE RULE clients_deleted AS ON DELETE TO clients DO ALSO {_DELETED}",
    ),
}

# What older code needs to issue tokens for every API that is there now: a client with its id, audience and scopes.
_BACK = (
    """UPDATE clients SET (audience, scopes) = (SELECT a.audience, a.scopes FROM apis a WHERE a.id = clients.api_id)
        WHERE id IN (SELECT (SELECT MIN(c.id) FROM clients c WHERE c.api_id = a.id) FROM apis a
            WHERE NOT EXISTS (SELECT 1 FROM clients c WHERE c.audience = a.audience))""",
    """INSERT INTO clients (id, name, audience, scopes, created_at, introspects)
        SELECT a.id, CASE WHEN EXISTS (SELECT 1 FROM clients c WHERE c.name = a.name) THEN a.id ELSE a.name END,
            a.audience, a.scopes, a.created_at, 'own'
        FROM apis a WHERE NOT EXISTS (SELECT 1 FROM clients c WHERE c.audience = a.audience)""",
)


def upgrade() -> None:
    for statement in TABLES.values():
        op.execute(statement)
    op.execute("ALTER TABLE clients ADD COLUMN api_id TEXT REFERENCES apis (id) ON DELETE SET NULL")
    op.execute("CREATE INDEX clients_by_api ON clients (api_id)")
    for statement in (_COPIED, _LINKED, *_OLDER_CODE[op.get_bind().dialect.name]):
        op.execute(statement)


def downgrade() -> None:
    on = " ON clients" if op.get_bind().dialect.name == "postgresql" else ""
    kind = "RULE" if on else "TRIGGER"
    for name in ("clients_added", "clients_deleted"):
        op.execute(f"DROP {kind} {name}{on}")
    for statement in _BACK:
        op.execute(statement)
    op.execute("DROP INDEX clients_by_api")
    op.execute("ALTER TABLE clients DROP COLUMN api_id")
    for name in reversed(TABLES):
        op.execute(f"DROP TABLE {name}")
