"""Prometheus metrics of this worker. Labels are bounded: routes, never paths."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

_BUCKETS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)
_BOUNDS = (*(str(bound) for bound in _BUCKETS), "+Inf")
_METHODS = frozenset({"GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class _Seconds:
    """Histogram of one route's response times in seconds."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.total = 0.0


class _Requests(Collector):
    """Collector for request counts and times. Requests are counted on one thread and very often, so it uses plain
    numbers without locks.
    """

    def __init__(self) -> None:
        self.counted: dict[tuple[str, str, int], int] = {}
        self.seconds: dict[str, _Seconds] = {}

    def collect(self) -> Iterator[Metric]:
        """Yield the metric families; the registry calls this for every scrape."""
        labels = ("method", "route", "status")
        requests = CounterMetricFamily("vestibule_requests", "Requests by route and status.", labels=labels)
        for (method, route, status), count in self.counted.items():
            requests.add_metric((method, route, str(status)), count)
        yield requests
        times = HistogramMetricFamily("vestibule_request_seconds", "Time to answer, by route.", labels=("route",))
        for route, found in self.seconds.items():
            buckets = list(zip(_BOUNDS, accumulate(found.counts), strict=True))
            times.add_metric((route,), buckets, found.total)
        yield times


class Metrics:
    """The metrics registry of this process. The gauges about the database are set at every scrape."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = _Requests()
        self._registry.register(self._requests)
        self._outbox_pending = self._gauge("vestibule_outbox_pending", "Emails and jobs that wait.")
        self._outbox_dead = self._gauge("vestibule_outbox_dead", "Emails and jobs that were given up.")
        self._outbox_dropped = self._gauge("vestibule_outbox_dropped", "Emails and jobs that made no sense any more.")
        self._outbox_age = self._gauge("vestibule_outbox_oldest_seconds", "Age of the oldest waiting email or job.")
        self._sessions = self._gauge("vestibule_sessions_live", "Sessions that count.")

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request and its duration in seconds under its route's template."""
        key = (method if method in _METHODS else "other", route, status)
        counted = self._requests.counted
        counted[key] = counted.get(key, 0) + 1
        times = self._requests.seconds.get(route)
        if times is None:
            times = self._requests.seconds[route] = _Seconds()
        times.counts[bisect_left(_BUCKETS, seconds)] += 1
        times.total += seconds

    def outbox(self, pending: int, dead: int, dropped: int, oldest_seconds: float) -> None:
        """Set the outbox gauges: rows that wait, were given up or dropped; age of the oldest waiting row in seconds."""
        self._outbox_pending.set(pending)
        self._outbox_dead.set(dead)
        self._outbox_dropped.set(dropped)
        self._outbox_age.set(oldest_seconds)

    def sessions(self, live: int) -> None:
        """Set the gauge of live sessions to their number."""
        self._sessions.set(live)

    def render(self) -> str:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self._registry).decode()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)
