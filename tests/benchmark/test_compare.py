"""The arithmetic of comparing two commits; nothing is timed here."""

import pytest

from compare import Change, flag_statements, statements


def test_a_change_is_the_median_of_the_pairs_and_one_bad_minute_does_not_count():
    change = Change.of([(100, 110), (50, 55), (200, 220), (10, 11), (100, 30)])
    assert change.ratio == pytest.approx(1.1)
    assert change.spread == pytest.approx(0)
    assert change.flag() == "CHANGED"


def test_the_spread_is_that_of_the_middle_half():
    change = Change.of([(100, n) for n in (50, 98, 100, 103, 180)])
    assert (change.ratio, change.spread) == (pytest.approx(1.0), pytest.approx(0.05))


@pytest.mark.parametrize(
    ("ratio", "spread", "flag", "despite_noise"),
    [
        (1.05, 0.049, "CHANGED", "CHANGED"),
        (0.95, 0.049, "CHANGED", "CHANGED"),
        (1.04, 0.01, "", ""),
        (0.80, 0.05, "", "CHANGED"),
        (1.00, 0.30, "", ""),
    ],
)
def test_a_rate_is_flagged_outside_its_noise_and_cpu_always(ratio, spread, flag, despite_noise):
    assert Change(ratio, spread).flag() == flag
    assert Change(ratio, spread).flag(despite_noise=True) == despite_noise


def test_pairs_without_an_answer_say_nothing():
    assert Change.of([(0, 100), (100, 0)]) == Change(1.0, 0.0)
    assert Change.of([(0, 100), (100, 90)]) == Change(0.9, 0.0)


def test_statements_are_counted_in_the_log_whatever_lines_they_have():
    log = (
        "2026-01-01 UTC [7] LOG:  statement: BEGIN\n"
        "2026-01-01 UTC [7] LOG:  execute __asyncpg_stmt_1__: SELECT id\n\tFROM users\n"
        "2026-01-01 UTC [7] DETAIL:  parameters: $1 = 'x'\n"
        "2026-01-01 UTC [8] LOG:  checkpoint complete\n"
    )
    assert statements(log) == 2


def test_one_statement_more_is_flagged_and_work_beside_the_requests_is_not():
    assert flag_statements(3, 4) == flag_statements(4, 3) == "CHANGED"
    assert flag_statements(3.0, 3.1) == ""
