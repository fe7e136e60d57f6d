"""The parameters of a PostgreSQL address: taken, already so, or refused with what to set instead.

The names are libpq's (section 32.1.2 of PostgreSQL's manual) and those that other drivers and hosting platforms write.
A parameter is never ignored: one that asks for protection and has no effect would be worse than none.
"""

import re
from collections.abc import Mapping

# Understood alike by the driver and by PostgreSQL's own programs; the second is the latters' environment variable.
TAKEN = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "passfile": "PGPASSFILE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
_TLS = ("TLSv1.2", "TLSv1.3")
_VALUES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "ssl_min_protocol_version": _TLS,
    "ssl_max_protocol_version": _TLS,
    # Vestibule writes: a standby is of no use to it.
    "target_session_attrs": ("any", "primary", "read-write"),
}
# Values that say what is so in any case.
_ALREADY = {
    "channel_binding": {"disable", "prefer"},
    "gssencmode": {"disable", "prefer"},
    "client_encoding": {"utf8", "utf-8", "unicode"},
    "sslcompression": {"0"},
    "sslsni": {"1"},
    "load_balance_hosts": {"disable"},
    "pgbouncer": {"false"},
}
_SCHEMA = "Leave it out, and set VESTIBULE_DATABASE_SCHEMA."
_WAIT = "Leave it out, and set VESTIBULE_DATABASE_POOL_WAIT."
_SIZE = "Leave it out, and set VESTIBULE_DATABASE_POOL_SIZE."
_POOLER = (
    "Leave it out, and set VESTIBULE_DATABASE_DIRECT_URL to the address of PostgreSQL itself: that says that "
    "VESTIBULE_DATABASE_URL is PgBouncer."
)
_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
_INSTEAD = {
    "channel_binding": "Leave it out; sslmode=verify-full with sslrootcert="
    f"{_CERTIFICATES} protects from a server in between.",
    "pgbouncer": _POOLER,
    "prepared_statements": _POOLER,
    "prepared_statement_cache_size": _POOLER,
    "statement_cache_size": _POOLER,
    "schema": _SCHEMA,
    "currentschema": _SCHEMA,
    "search_path": _SCHEMA,
    "options": "Leave it out: sessions are set up by Vestibule. Set what is left for its role, with ALTER ROLE … SET.",
    "ssl": "Write sslmode=require, or sslmode=verify-full, instead.",
    "sslaccept": "Write sslmode=require, or sslmode=verify-full, instead.",
    "sslpassword": "Leave it out, and name a key file without a password that only its owner can read.",
    "connect_timeout": _WAIT,
    "pool_timeout": _WAIT,
    "timeout": _WAIT,
    "connection_limit": _SIZE,
    "pool_size": _SIZE,
    "max_connections": _SIZE,
    "statement_timeout": "Leave it out, and set VESTIBULE_DATABASE_STATEMENT_TIMEOUT.",
    "lock_timeout": "Leave it out, and set VESTIBULE_DATABASE_LOCK_TIMEOUT.",
    "application_name": "Leave it out: the connections are named vestibule.",
    "fallback_application_name": "Leave it out: the connections are named vestibule.",
    "service": "Leave it out, and write what the service file says into the address.",
    "servicefile": "Leave it out, and write what the service file says into the address.",
}
_EXPECTED = f"host, port, user, password, dbname, {', '.join(TAKEN)}"
_SHOWABLE = re.compile(r"[A-Za-z_]{1,40}\Z")


class DatabaseUrlError(ValueError):
    """An address that cannot be used: what it has, what is expected, and what to do.

    The texts quote nothing of the address that may be part of a password.
    """

    def __init__(self, got: str, expected: str, fix: str) -> None:
        super().__init__(expected)
        self.got, self.expected, self.fix = got, expected, fix


def checked(parameters: Mapping[str, str], *, hosts: int) -> tuple[tuple[str, str], ...]:
    """Return the parameters to pass on, sorted by name. Raises DatabaseUrlError.

    Among several `hosts` the one that takes writes is meant, unless the address says otherwise.
    """
    kept = {name: value for name, value in parameters.items() if value.lower() not in _ALREADY.get(name, ())}
    for name, value in kept.items():
        _check(name, value)
    if hosts > 1:
        kept.setdefault("target_session_attrs", "read-write")
    return tuple(sorted(kept.items()))


def shown(name: str) -> str:
    """Return how messages name a parameter: a name that cannot be one may be part of a password."""
    return f"the parameter {name}" if _SHOWABLE.match(name) else "an unknown parameter"


def _check(name: str, value: str) -> None:
    values = _VALUES.get(name)
    if name not in TAKEN:
        fix = _INSTEAD.get(name.lower(), "Leave it out.")
        raise DatabaseUrlError(shown(name), f"parameters among {_EXPECTED}", fix)
    if values and value not in values:
        raise DatabaseUrlError(f"another value of {name}", f"{name}={' or '.join(values)}", "Write one of these.")
    if name == "sslrootcert" and value == "system":
        fix = f"Write sslrootcert={_CERTIFICATES} (Debian, Alpine), or where your system keeps them."
        raise DatabaseUrlError("sslrootcert=system", "the name of a file with certificates", fix)
