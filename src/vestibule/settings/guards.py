"""Settings against guessing: passwords and rate limits."""

from dataclasses import dataclass
from typing import Literal

from vestibule.domain.instant import Duration
from vestibule.domain.rate_limit import Limit
from vestibule.settings import parsers
from vestibule.settings.item import setting


@dataclass(frozen=True, slots=True)
class PasswordSettings:
    """How passwords are checked and stored."""

    scheme: Literal["argon2id", "bcrypt"] = setting(
        "PASSWORD_SCHEME",
        "argon2id",
        "How new passwords are hashed; both are always verified.",
        parsers.choice("argon2id", "bcrypt"),
    )
    minimum: int = setting("PASSWORD_MIN_LENGTH", "8", "Shortest password, in characters.", parsers.count)
    argon2_memory_kib: int = setting("ARGON2_MEMORY_KIB", "19456", "Argon2id memory in KiB.", parsers.count)
    argon2_time: int = setting("ARGON2_TIME", "2", "Argon2id passes.", parsers.count)
    argon2_parallelism: int = setting("ARGON2_PARALLELISM", "1", "Argon2id lanes.", parsers.count)
    bcrypt_cost: int = setting("BCRYPT_COST", "12", "bcrypt cost (rounds = 2^cost).", parsers.count)
    breached_filter: str = setting(
        "BREACHED_FILTER", "", "File with stolen passwords, made by `vestibule passwords build-filter`."
    )
    breached_lookup: str = setting(
        "BREACHED_LOOKUP",
        "",
        "Address of a k-anonymous lookup, such as https://api.pwnedpasswords.com; empty: none.",
        lambda raw: parsers.url(raw) if raw else "",
    )
    breached_lookup_failure: Literal["accept", "refuse"] = setting(
        "BREACHED_LOOKUP_FAILURE",
        "accept",
        "What becomes of a new password when the lookup does not answer in 2 s.",
        parsers.choice("accept", "refuse"),
    )
    threads: int = setting(
        "PASSWORD_THREADS", "0", "Hashes at once per worker; 0 shares the cores among the workers.", parsers.count
    )
    queue: int = setting("PASSWORD_QUEUE", "64", "Hashes that may wait; more are answered 503.", parsers.count)


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Rate limits: how often something may be tried."""

    login_address: Limit = setting("LIMIT_LOGIN_ADDRESS", "60/15m", "Sign-ins from one address.", parsers.limit)
    login_global: Limit = setting("LIMIT_LOGIN_GLOBAL", "3000/1m", "Sign-ins altogether.", parsers.limit)
    registration: Limit = setting("LIMIT_REGISTRATION", "20/15m", "Registrations from one address.", parsers.limit)
    steps: Limit = setting("LIMIT_STEPS", "900/15m", "Steps of half-finished logins from one address.", parsers.limit)
    codes: Limit = setting("LIMIT_CODES", "60/15m", "Requests about links and codes from one address.", parsers.limit)
    mail: Limit = setting("LIMIT_MAIL", "5/1h", "Requested emails to one address.", parsers.limit)
    attack: Limit = setting(
        "ATTACK_FAILURES",
        "200/5m",
        "So many failed sign-ins altogether, and thrice as many as successful ones, count as an attack.",
        parsers.limit,
    )
    proof_of_work: Literal["auto", "always", "off"] = setting(
        "PROOF_OF_WORK",
        "auto",
        "When requests without a device cookie of the account that they are about must show a proof of work: "
        "`auto` while an attack lasts.",
        parsers.choice("auto", "always", "off"),
    )
    proof_of_work_bits: int = setting(
        "PROOF_OF_WORK_BITS", "16", "Leading zero bits of a proof: each one more doubles the work.", parsers.count
    )
    account_failures: int = setting("ACCOUNT_FAILURES", "10", "Failures of one account before delays.", parsers.count)
    account_failures_max: int = setting(
        "ACCOUNT_FAILURES_MAX",
        "100",
        "Failures in a row after which only browsers with a device cookie, resets and passkeys get in.",
        parsers.count,
    )
    account_delay: Duration = setting("ACCOUNT_DELAY", "30s", "First delay; it doubles.", parsers.duration)
    account_delay_max: Duration = setting("ACCOUNT_DELAY_MAX", "15m", "Longest delay.", parsers.duration)
