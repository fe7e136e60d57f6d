"""Shares, fairness and saturation of `--scale`; nothing is timed here."""

import pytest

from load import Outcome
from saturation import Use, saturated, shares, unfair
from scale import Sample, row, workers_here


def limit(server: float, database: float, generator: float, others: float = 0.0, workers: int = 2) -> str:
    """What limits 10 seconds on 4 cores with 2 threads that generate load; the figures are busy cores."""
    use = Use(10, server * 10, database * 10, generator * 10, others * 10)
    return saturated(use, workers=workers, threads=2, cores=4)


def test_a_worker_has_a_core_at_most_and_postgresql_all_of_them():
    assert limit(1.8, 0.5, 0.5) == "server CPU"
    assert limit(1.7, 0.5, 0.5) == "none"
    assert limit(1.7, 0.5, 0.5, workers=1) == "server CPU"
    assert limit(0.1, 1.8, 0.1) == "none"
    assert limit(0.1, 3.7, 0.1) == "database CPU"


def test_a_load_generator_at_its_limit_comes_first():
    assert limit(1.9, 0.1, 1.9) == "load generator"


def test_a_full_machine_is_limited_by_who_takes_most_of_it():
    assert limit(1.0, 1.5, 1.2, workers=8) == "database CPU"
    assert limit(0.5, 0.5, 0.5, 2.3, workers=8) == "other processes"
    assert limit(0.5, 0.5, 0.5, 2.0, workers=8) == "none"


def test_more_workers_than_cores_have_the_cores():
    assert limit(3.6, 0, 0, workers=8) == "server CPU"


def test_shares_are_over_the_fair_share():
    assert shares([3, 1]) == pytest.approx([1.5, 0.5])
    assert shares([2, 2, 2]) == pytest.approx([1, 1, 1])
    assert shares([0, 0]) == [1, 1]
    assert shares([]) == []


def test_up_to_1_3_of_its_share_is_fair():
    assert not unfair([1.3, 0.7])
    assert unfair([1.31, 0.69])
    assert not unfair([5])
    assert not unfair([])


@pytest.mark.parametrize(("cores", "workers"), [(1, [1, 2]), (2, [1, 2]), (6, [1, 2, 4]), (8, [1, 2, 4, 8])])
def test_more_workers_than_two_need_as_many_cores(cores, workers):
    assert workers_here(cores) == workers


def test_a_row_adds_instances_up_and_takes_the_median_of_samples():
    samples = [
        Sample([Outcome(rate, 0, 0, 0, 1, 0), Outcome(10, 0, 0, 0, 0, 0)], [3.0, 1.0], Use(10, 18, 4, 5, 1))
        for rate in (90, 190, 990)
    ]
    assert row("refresh", (2, 1), samples, 100, 8) == (
        "| refresh | 2 x 1 | 200 | 2.00 | 3 | 1.50 | UNFAIR | server CPU (1.8, 0.4, 0.5, 0.1) |"
    )
