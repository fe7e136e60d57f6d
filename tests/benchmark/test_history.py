"""The lines of bench/history.jsonl."""

import json
from datetime import datetime, timedelta, timezone

import history
from report import Figure, Rate

WHEN = datetime(2026, 3, 1, 1, 30, 5, 999, tzinfo=timezone(timedelta(hours=2)))
ROWS = [
    Figure("a ratio", 0.123456, "", ">= 0.1", "1 of 8"),
    Rate("refresh", "PostgreSQL, 2 workers", 3456.78, 1.23456, 20, 0, 512.349, 140.06),
    Rate("refresh", "SQLite, 1 worker", 950, 1, 2, 3, 4, None),
]


def test_a_run_is_one_line_in_utc_with_four_digits_a_figure():
    text = history.line(WHEN, "7de22bd", ROWS)
    assert text.count("\n") == 1
    assert json.loads(text) == {
        "date": "2026-02-28T23:30:05+00:00",
        "commit": "7de22bd",
        "figures": {"a ratio": 0.1235},
        "rates": {
            "refresh: PostgreSQL, 2 workers": {
                "rate": 3457, "p50_ms": 1.235, "p99_ms": 20, "errors": 0, "server_us": 512.3, "database_us": 140.1,
            },
            "refresh: SQLite, 1 worker": {
                "rate": 950, "p50_ms": 1, "p99_ms": 2, "errors": 3, "server_us": 4, "database_us": None,
            },
        },
    }  # fmt: skip


def test_lines_follow_each_other_and_name_the_commit(tmp_path):
    file = tmp_path / "history.jsonl"
    history.append(ROWS, file)
    history.append(ROWS[:1], file)
    first, second = map(json.loads, file.read_text().splitlines())
    assert first["commit"] == second["commit"] != ""
    assert len(first["rates"]) == 2
    assert second["rates"] == {}
