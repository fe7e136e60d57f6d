"""Metrics of this worker, with bounded labels: routes, never paths."""

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
    """How long one route's answers took."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.total = 0.0


class _Requests(Collector):
    """Requests are counted on one thread and more often than anything else: plain numbers, no locks."""

    def __init__(self) -> None:
        self.counted: dict[tuple[str, str, int], int] = {}
        self.seconds: dict[str, _Seconds] = {}

    def collect(self) -> Iterator[Metric]:
        """What the registry asks for when somebody looks."""
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
    """A registry per process; the gauges about the database are set when somebody looks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = _Requests()
        self._registry.register(self._requests)
        self._outbox_pending = self._gauge("vestibule_outbox_pending", "Mails that wait.")
        self._outbox_dead = self._gauge("vestibule_outbox_dead", "Mails that were given up.")
        self._outbox_age = self._gauge("vestibule_outbox_oldest_seconds", "Age of the oldest waiting mail.")
        self._sessions = self._gauge("vestibule_sessions_live", "Sessions that count.")

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request under its route's template."""
        key = (method if method in _METHODS else "other", route, status)
        counted = self._requests.counted
        counted[key] = counted.get(key, 0) + 1
        times = self._requests.seconds.get(route)
        if times is None:
            times = self._requests.seconds[route] = _Seconds()
        times.counts[bisect_left(_BUCKETS, seconds)] += 1
        times.total += seconds

    def outbox(self, pending: int, dead: int, oldest_seconds: float) -> None:
        """What the outbox holds."""
        self._outbox_pending.set(pending)
        self._outbox_dead.set(dead)
        self._outbox_age.set(oldest_seconds)

    def sessions(self, live: int) -> None:
        """How many sessions count."""
        self._sessions.set(live)

    def render(self) -> str:
        """The text format of Prometheus."""
        return generate_latest(self._registry).decode()

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(name, text, registry=self._registry)
