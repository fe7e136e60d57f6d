"""The database address as PostgreSQL's own programs take it; `parse` and its rules are those of the whole server."""

from vestibule.domain.database_parameters import TAKEN
from vestibule.domain.database_url import DatabaseUrl, parse

__all__ = ["DatabaseUrl", "libpq_environment", "parse"]


def libpq_environment(url: DatabaseUrl) -> dict[str, str]:
    """Return libpq's environment variables for an address: every user of the machine could read arguments."""
    ports = ["" if port is None else str(port) for _, port in url.hosts]
    environment = {
        "PGHOST": ",".join(host for host, _ in url.hosts),
        "PGPORT": ",".join(ports) if any(ports) else "",
        "PGUSER": url.user,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        **{TAKEN[name]: value for name, value in url.parameters},
    }
    return {name: value for name, value in environment.items() if value}
