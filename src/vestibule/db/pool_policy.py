"""The limits of connections to PostgreSQL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPolicy:
    """Number and time limits (seconds) of a worker's connections; `size` includes the one that follows revocations.

    `pooled`: the URL leads to PgBouncer in transaction mode, so that a connection keeps no state between transactions.
    `direct_url` is the URL of PostgreSQL itself, for following revocations. `notifies`: whether the server has LISTEN
    and NOTIFY.
    """

    size: int = 10
    wait: float = 5.0
    statement: float = 10.0
    lock: float = 5.0
    pooled: bool = False
    direct_url: str = ""
    notifies: bool = True
