"""Metrics of this worker, with bounded labels: routes, never paths."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.001, 0.005, 0.02, 0.05, 0.1, 0.25, 1.0, 5.0)


_METHODS = frozenset({"GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Metrics:
    """A registry per process; the gauges about the database are set when somebody looks."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "vestibule_requests_total", "Requests by route and status.", ("method", "route", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "vestibule_request_seconds", "Time to answer, by route.", ("route",), registry=self._registry,
            buckets=_BUCKETS,
        )  # fmt: skip
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._outbox_pending = self._gauge("vestibule_outbox_pending", "Mails that wait.")
        self._outbox_dead = self._gauge("vestibule_outbox_dead", "Mails that were given up.")
        self._outbox_age = self._gauge("vestibule_outbox_oldest_seconds", "Age of the oldest waiting mail.")
        self._sessions = self._gauge("vestibule_sessions_live", "Sessions that count.")

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request under its route's template."""
        key = (method if method in _METHODS else "other", route, status)
        found = self._known.get(key)
        if found is None:
            counter = self._requests.labels(key[0], route, str(status))
            found = self._known[key] = (counter, self._seconds.labels(route))
        found[0].inc()
        found[1].observe(seconds)

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
