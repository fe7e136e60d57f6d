"""EXPLAIN on PostgreSQL: the statistics that a table may have, the two kinds of plan, and what is wrong with one."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import asyncpg

from plans.population import FEW, GROWING, statements
from plans.recorded import Statement
from vestibule.db.engine import Connection, Value

STATISTICS = ("none", "stale", "skewed")
PLANS = ("force_custom_plan", "force_generic_plan")
_TABLES = ", ".join(f"'{name}'::regclass" for name in GROWING)
_OURS = f"""(SELECT oid FROM pg_class WHERE oid IN ({_TABLES})
    UNION SELECT indexrelid FROM pg_index WHERE indrelid IN ({_TABLES}))"""
# Pages per row that a call names: a lookup reads an index from its root and a page of the table, a write every index.
_PAGES, _PAGES_PER_KEY = 60, 60
_THROWN_AWAY = 10


async def fill(connection: asyncpg.Connection, sessions: int) -> None:
    """Write the rows, and keep the statistics that PostgreSQL made on the way (as a superuser).

    `stale`: of the first hundredth, none of which is valid any more. `skewed`: of four fifths, with one user who has a
    quarter of the sessions, and everything that is valid now beyond the latest time that they know.
    """
    await connection.execute("SET allow_system_table_mods = on; SET session_replication_role = replica")
    for table in GROWING:
        await connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    for start, stop, name in ((0, 1, "stale"), (1, 80, "skewed"), (80, 100, "")):
        for sql in statements(sessions, start, stop):
            await connection.execute(sql)
        if name:
            await connection.execute("ANALYZE")
            await connection.execute(
                f"""CREATE TABLE {name}_columns AS SELECT * FROM pg_statistic WHERE starelid IN {_OURS};
                    CREATE TABLE {name}_sizes AS SELECT oid, relpages, reltuples FROM pg_class WHERE oid IN {_OURS}"""
            )


async def use_statistics(connection: asyncpg.Connection, name: str) -> None:
    """Put the statistics of this name into place (as a superuser)."""
    await connection.execute(f"DELETE FROM pg_statistic WHERE starelid IN {_OURS}")
    if name == "none":
        await connection.execute(f"UPDATE pg_class SET relpages = 0, reltuples = -1 WHERE oid IN {_OURS}")
        return
    await connection.execute(
        f"""INSERT INTO pg_statistic SELECT * FROM {name}_columns;
            UPDATE pg_class c SET relpages = s.relpages, reltuples = s.reltuples FROM {name}_sizes s WHERE s.oid = c.oid"""
    )


async def faults(connection: Connection, found: Sequence[Statement], plan: str) -> list[str]:
    """Return what is wrong with the plans of these statements, in an open transaction, whose settings are changed.

    Sequential scans are allowed here, to see the form of the statement alone. Everything is compiled just in time where
    the connection did not switch that off.
    """
    await connection.run(f"SET LOCAL plan_cache_mode = {plan}; SET LOCAL enable_seqscan = on")
    await connection.run("SET LOCAL jit_above_cost = 0")
    wrong = []
    for statement in found:
        await connection.run("SAVEPOINT explained")
        await connection.run(f"PREPARE explained AS {statement.sql}")
        arguments = f"({', '.join(map(_literal, statement.values))})" if statement.values else ""
        explain = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE explained{arguments}"
        rows = await connection.all(explain)
        wrong += [f"{statement.name} {what}" for what in _wrong_in(json.loads(next(iter(rows[0])))[0], statement.keys)]
        await connection.run("ROLLBACK TO SAVEPOINT explained")
        await connection.run("DEALLOCATE explained")
    return wrong


async def scanned(connection: Connection, sql: str) -> list[str]:
    """Return the growing tables that the generic plan of a statement would read whole."""
    await connection.run(f"PREPARE planned AS {sql}")
    count = await connection.one(
        "SELECT cardinality(parameter_types) AS n FROM pg_prepared_statements WHERE name = 'planned'"
    )
    assert count is not None
    arguments = f"({', '.join(['NULL'] * count['n'])})" if count["n"] else ""
    rows = await connection.all(f"EXPLAIN (FORMAT JSON) EXECUTE planned{arguments}")
    await connection.run("DEALLOCATE planned")
    return [what for node in _nodes(json.loads(next(iter(rows[0])))[0]["Plan"]) for what in _scans(node)]


def _literal(value: Value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    if isinstance(value, str | int):
        return "'" + str(value).replace("'", "''") + "'"
    return "'{" + ", ".join(json.dumps(item) for item in value).replace("'", "''") + "}'"


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def _scans(node: dict[str, Any]) -> list[str]:
    if node["Node Type"] == "Seq Scan" and node["Relation Name"] not in FEW:
        return [f"scans {node['Relation Name']}"]
    return []


def _wrong_in(explained: dict[str, Any], keys: int) -> Iterator[str]:
    plan = explained["Plan"]
    nodes = list(_nodes(plan))
    for node in nodes:
        yield from _scans(node)
    thrown = sum(
        node["Actual Loops"] * count
        for node in nodes
        for name, count in node.items()
        if name.startswith("Rows Removed")
    )
    if thrown > _THROWN_AWAY * keys:
        yield f"throws {thrown:.0f} rows away"
    pages = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    if pages > _PAGES + _PAGES_PER_KEY * keys:
        yield f"reads {pages} pages"
    if "JIT" in explained:
        yield "is compiled just in time"
