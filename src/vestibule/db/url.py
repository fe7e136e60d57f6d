"""A parsed database address as environment variables, for PostgreSQL's own programs."""

from vestibule.domain.database_parameters import TAKEN
from vestibule.domain.database_url import DatabaseUrl, parse

__all__ = ["DatabaseUrl", "libpq_environment", "parse"]


def libpq_environment(url: DatabaseUrl) -> dict[str, str]:
    """Return the environment variables of libpq that stand for an address. Not arguments: every user of the machine
    could read a password there.
    """
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
