"""The arithmetic of the benchmark's rates; nothing is timed here."""

import pytest

import cpu
import postgres
import rates
import report
from engines import Engine
from load import Outcome

STAT = "4321 (a (b) c) S 17 1 1 0 -1 4194304 900 80 0 0 12 3 40 5 20 0 1 0 100 2000000 300"


def test_a_line_of_proc_is_read_whatever_the_program_is_called():
    assert cpu.parsed(STAT) == cpu.Stat(pid=4321, parent=17, ticks=12 + 3 + 40 + 5)


def test_a_tree_has_the_time_of_all_its_descendants_and_of_nothing_else():
    stats = [cpu.Stat(1, 0, 1000), cpu.Stat(10, 1, 5), cpu.Stat(11, 10, 7), cpu.Stat(12, 11, 9), cpu.Stat(20, 1, 100)]
    assert cpu.ticks_of_tree(10, stats) == 5 + 7 + 9
    assert cpu.ticks_of_tree(12, stats) == 9
    assert cpu.ticks_of_tree(99, stats) == 0


def test_the_time_of_a_child_that_ends_stays_in_its_tree():
    before = [cpu.Stat(10, 1, 5), cpu.Stat(11, 10, 7)]
    assert cpu.ticks_of_tree(10, before) == cpu.ticks_of_tree(10, [cpu.Stat(10, 1, 5 + 7)])


def sample(rate, answers, *, p50=1000.0, p99=2000.0, errors=0, server=0.0, database=0.0):
    return rates.Sample(Outcome(rate, answers, p50, p99, errors, used=answers), server, database)


def engine(started=None):
    return Engine("PostgreSQL", "postgresql://", people=None, workers=2, postgres=started)


def test_a_rate_is_a_median_its_errors_a_sum_and_its_cost_that_of_all_answers():
    samples = [
        sample(100, 100, p50=1000, p99=9000, errors=1, server=0.1, database=0.04),
        sample(900, 900, p50=3000, p99=2000, errors=2, server=0.3, database=0.06),
        sample(500, 500, p50=2000, p99=4000, server=0.2, database=0.05),
    ]
    row = rates.combined("refresh", engine(started=object()), samples)
    assert (row.rate, row.p50_ms, row.p99_ms, row.errors) == (500, 2.0, 4.0, 3)
    assert row.server_us == pytest.approx(0.6 / 1500 * 1e6)
    assert row.database_us == pytest.approx(0.15 / 1500 * 1e6)
    assert row.engine == "PostgreSQL, 2 workers"


def test_sqlite_has_no_processes_of_its_own():
    row = rates.combined("refresh", engine(), [sample(10, 10, server=0.01)])
    assert row.database_us is None
    assert row.row() == "| refresh | PostgreSQL, 2 workers | 10 | 1.0 | 2.0 | 0 | 1,000 |  |"


def test_a_load_that_nothing_answered_costs_nothing_to_divide():
    assert rates.combined("login", engine(), [sample(0, 0, errors=3)]).errors == 3


def test_tables_divide_ratios_from_rates():
    rows = [report.Figure("a ratio", 0.5, "", ">= 0.4"), rates.combined("login", engine(), [sample(10, 10)])]
    assert "| a ratio | 0.50  | >= 0.4 | yes |  |" in report.figures_table(rows)
    assert "login" not in report.figures_table(rows)
    assert "a ratio" not in report.rates_table(rows)
    assert report.rates_table(rows[:1]) == ""


def test_a_block_of_the_page_is_replaced_and_nothing_around_it():
    page = "before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter <!-- bench rates: begin -->"
    new = report.with_block(page, "bench", "new")
    assert new == "before\n<!-- bench: begin -->\nnew\n<!-- bench: end -->\nafter <!-- bench rates: begin -->"
    with pytest.raises(ValueError, match="bench rates"):
        report.with_block(page, "bench rates", "new")


def test_the_page_has_a_place_for_both_tables():
    text = report.PAGE.read_text()
    for name in ("bench", "bench rates"):
        report.with_block(text, name, "")


def test_every_packaged_postgresql_is_measured_oldest_first(tmp_path):
    for version in ("15", "9", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
    for version in ("15", "9"):
        (tmp_path / version / "bin" / "initdb").touch()
    assert list(postgres.installations(tmp_path)) == ["wheel", "Debian 9", "Debian 15"]
    assert postgres.installations(tmp_path)["Debian 15"] == tmp_path / "15" / "bin"
