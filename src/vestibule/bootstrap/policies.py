"""Makes the small frozen policies that services get, from the settings."""

import os
from dataclasses import replace
from urllib.parse import urlsplit

from vestibule.bootstrap.paths import direct_database_url
from vestibule.crypto.passwords import HashPolicy
from vestibule.crypto.webauthn import RelyingParty
from vestibule.db.pool_policy import PoolPolicy
from vestibule.domain.access_rule import SIGNED_IN, AccessRule, AccessRules
from vestibule.domain.active_session import CachePolicy
from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.attack_detection import AttackDetectionPolicy
from vestibule.domain.instant import DAY, MINUTE, SECOND
from vestibule.domain.login import LoginPolicy
from vestibule.domain.mail import SendingPolicy
from vestibule.domain.one_time_code import CodePolicy
from vestibule.domain.rate_limit import Backoff, LimitPolicy
from vestibule.domain.session import SessionPolicy
from vestibule.domain.token import TokenPolicy
from vestibule.services.credentials.passwords import PasswordPolicy
from vestibule.services.operations.cleanup import RetentionPolicy
from vestibule.services.tokens.signing_keys import KeyPolicy
from vestibule.settings import Settings


def pool_policy(settings: Settings) -> PoolPolicy:
    """How many database connections, and how long anything may wait for one."""
    database = settings.database
    return PoolPolicy(
        size=database.pool_size,
        wait=database.pool_wait,
        statement=database.statement_timeout,
        lock=database.lock_timeout,
        pooled=bool(database.direct_url),
        direct_url=direct_database_url(settings).text,
        notifies=database.revocations == "notify",
    )


def retention_policy(settings: Settings) -> RetentionPolicy:
    """How long ended sessions, audit events, refresh tokens and deleted accounts are kept."""
    flows = settings.flows
    return RetentionPolicy(
        sessions=flows.keep_sessions,
        audit=flows.keep_audit,
        refreshes=settings.sessions.refresh_idle,
        deleted=flows.deletion_grace,
    )


def hash_policy(settings: Settings) -> HashPolicy:
    """How passwords are hashed, and by how many threads."""
    group = settings.passwords
    return HashPolicy(
        scheme=group.scheme,
        argon2_memory_kib=group.argon2_memory_kib,
        argon2_time=group.argon2_time,
        argon2_parallelism=group.argon2_parallelism,
        bcrypt_cost=group.bcrypt_cost,
        threads=group.threads or max(1, (os.cpu_count() or 1) // settings.server.workers),
        queue=group.queue,
    )


def access_rules(settings: Settings) -> AccessRules:
    """The access rules of forward-auth; without any, our own host is open to every signed-in user."""
    host = urlsplit(settings.server.public_url).hostname or ""
    return AccessRules(settings.proxy.rules or (AccessRule(host, "/*", SIGNED_IN),))


def password_policy(settings: Settings) -> PasswordPolicy:
    """Which passwords are accepted."""
    host = settings.server.public_url.partition("://")[2].partition(":")[0]
    context = (settings.server.product, "vestibule", host)
    return PasswordPolicy(minimum=settings.passwords.minimum, maximum_bytes=1024, context=tuple(dict.fromkeys(context)))


def limit_policy(settings: Settings) -> LimitPolicy:
    """The rate limits, and the backoff after failed sign-ins to an account."""
    group = settings.limits
    return LimitPolicy(
        login_address=replace(group.login_address, name="login"),
        login_global=replace(group.login_global, name="login-global"),
        registration_address=replace(group.registration, name="registration"),
        code_address=replace(group.codes, name="codes"),
        step_address=replace(group.steps, name="steps"),
        mail_recipient=replace(group.mail, name="mail"),
        account_failures=Backoff(
            free=group.account_failures,
            base=group.account_delay,
            cap=group.account_delay_max,
            most=max(group.account_failures, group.account_failures_max),
            forget_after=DAY,
        ),
    )


def attack_detection_policy(settings: Settings) -> AttackDetectionPolicy:
    """When all sign-ins together look like an attack, and the proof of work that anonymous callers owe then."""
    group = settings.limits
    return AttackDetectionPolicy(
        failures=group.attack.burst, window=group.attack.period, work=group.proof_of_work, bits=group.proof_of_work_bits
    )


def sending_policy(settings: Settings) -> SendingPolicy:
    """How long sending may take, and how long a worker has an outbox item for itself: longer by what the clocks of two
    machines may differ (a minute) and by what the claim and the outcome take to be written.
    """
    limit = int(settings.mail.timeout * SECOND)
    return SendingPolicy(limit=limit, lease=limit + MINUTE + 30 * SECOND)


def code_policy(settings: Settings) -> CodePolicy:
    """The lifetimes of codes and links, and how often a code may be tried."""
    flows = settings.flows
    return CodePolicy(
        reset_lifetime=flows.reset_lifetime,
        verification_lifetime=flows.verification_lifetime,
        sign_in_lifetime=flows.attempt_lifetime,
        max_attempts=flows.code_attempts,
    )


def login_policy(settings: Settings) -> LoginPolicy:
    """The lifetime of sign-in attempts, the steps they may have, and how long a step-up proof counts."""
    return LoginPolicy(
        attempt_lifetime=settings.flows.attempt_lifetime,
        max_submissions=settings.flows.attempt_steps,
        step_up_window=settings.factors.step_up,
    )


def assurance_policy(settings: Settings) -> AssurancePolicy:
    """Which users must prove a second factor, and from when on."""
    group = settings.factors
    return AssurancePolicy(mfa=group.mfa, roles=frozenset(group.mfa_roles), forced_from=group.mfa_from)


def relying_party(settings: Settings) -> RelyingParty:
    """The relying party of passkeys: its id is the host of the application's pages, unless a domain above it is
    configured. Vestibule's own pages may use them too.
    """
    group, host = settings.factors, urlsplit(settings.app_url).hostname or ""
    own = (urlsplit(url) for url in (settings.app_url, settings.pages_url))
    origins = dict.fromkeys([*(f"{url.scheme}://{url.netloc}".lower() for url in own), *group.passkey_origins])
    return RelyingParty(id=group.passkey_domain or host, name=settings.server.product, origins=tuple(origins))


def session_policy(settings: Settings) -> SessionPolicy:
    """The lifetimes of sessions."""
    return SessionPolicy(idle=settings.sessions.idle, absolute=settings.sessions.absolute, touch_every=MINUTE)


def cache_policy(settings: Settings) -> CachePolicy:
    """The size of a worker's session cache, and when its entries may be used."""
    size = settings.sessions.cache_mib * 2**20 - encoded_answers_size(settings)
    return CachePolicy(size=size, max_age=MINUTE, lease=2 * SECOND, heartbeat=SECOND // 2, poll=SECOND // 10)


def encoded_answers_size(settings: Settings) -> int:
    """The part of a worker's memory for sessions that holds their encoded answers, in bytes: about as many answers as
    there are sessions.
    """
    return settings.sessions.cache_mib * 2**20 * 2 // 5


def key_policy(settings: Settings) -> KeyPolicy:
    """The algorithm of signing keys, and the times of their rotation."""
    return KeyPolicy(
        algorithm=settings.sessions.algorithm,
        rotate_after=settings.sessions.key_rotation,
        token_lifetime=settings.sessions.access_token,
    )


def token_policy(settings: Settings) -> TokenPolicy:
    """The issuer and audience of tokens, and their lifetimes."""
    group, url = settings.sessions, settings.server.public_url
    return TokenPolicy(
        issuer=url,
        audience=url,
        access_lifetime=group.access_token,
        refresh_idle=group.refresh_idle,
        session_idle=group.idle,
        reuse_grace=group.refresh_grace,
        further_claims=group.access_token_claims,
    )
