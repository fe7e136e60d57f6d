"""EXPLAIN QUERY PLAN on SQLite, and how many steps of its virtual machine a statement takes."""

import re
import sqlite3
from collections.abc import Sequence

from plans.population import FEW, statements
from plans.recorded import Statement
from vestibule.db.sqlite import translate

_STEPS, _STEPS_PER_KEY = 400, 400
_EVERY = 20
# What is scanned beside tables: rows of the statement itself.
_OF_ITS_OWN = {"CONSTANT", "json_each"}


def fill(connection: sqlite3.Connection, sessions: int) -> None:
    """Write the rows."""
    for sql in statements(sessions, 0, 100):
        connection.execute(sql)
    connection.commit()


def faults(connection: sqlite3.Connection, found: Sequence[Statement]) -> list[str]:
    """Return what is wrong with the plans of these statements. Nothing stays written."""
    return [f"{statement.name} {what}" for statement in found for what in _wrong_with(connection, statement)]


def _wrong_with(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    sql = translate(statement.sql)
    plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", statement.values)]
    scanned = [match[1] for line in plan if (match := re.match(r"SCAN (\w+)", line))]
    wrong = [f"scans {name}" for name in scanned if name not in FEW and name not in _OF_ITS_OWN]
    steps = _steps(connection, sql, statement)
    if steps > _STEPS + _STEPS_PER_KEY * statement.keys:
        wrong.append(f"takes {steps} steps")
    return wrong


def _steps(connection: sqlite3.Connection, sql: str, statement: Statement) -> int:
    taken = 0

    def count() -> None:
        nonlocal taken
        taken += _EVERY

    connection.execute("BEGIN")
    connection.set_progress_handler(count, _EVERY)
    connection.execute(sql, statement.values).fetchall()
    connection.set_progress_handler(None, 0)
    connection.execute("ROLLBACK")
    return taken
