"""From the settings to the small frozen policies that services get."""

import os
from dataclasses import replace
from urllib.parse import urlsplit

from vestibule.crypto.passwords import HashPolicy
from vestibule.crypto.webauthn import RelyingParty
from vestibule.domain.access_rule import SIGNED_IN, AccessRule, AccessRules
from vestibule.domain.active_session import CachePolicy
from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.instant import DAY, MINUTE, SECOND, Duration
from vestibule.domain.login import LoginPolicy
from vestibule.domain.one_time_code import CodePolicy
from vestibule.domain.pressure import PressurePolicy
from vestibule.domain.rate_limit import Backoff, LimitPolicy
from vestibule.domain.session import SessionPolicy
from vestibule.domain.token import TokenPolicy
from vestibule.services.passwords import PasswordPolicy
from vestibule.services.signing_keys import KeyPolicy
from vestibule.settings import Settings


def hash_policy(settings: Settings) -> HashPolicy:
    """How passwords are hashed, and by how many threads."""
    given = settings.passwords
    return HashPolicy(
        scheme=given.scheme,
        argon2_memory_kib=given.argon2_memory_kib,
        argon2_time=given.argon2_time,
        argon2_parallelism=given.argon2_parallelism,
        bcrypt_cost=given.bcrypt_cost,
        threads=given.threads or max(1, (os.cpu_count() or 1) // settings.server.workers),
        queue=given.queue,
    )


def access_rules(settings: Settings) -> AccessRules:
    """What forward-auth goes by; without rules, our own host is for whoever is signed in."""
    host = urlsplit(settings.server.public_url).hostname or ""
    return AccessRules(settings.proxy.rules or (AccessRule(host, "/*", SIGNED_IN),))


def password_policy(settings: Settings) -> PasswordPolicy:
    """Which passwords are accepted."""
    host = settings.server.public_url.partition("://")[2].partition(":")[0]
    context = (settings.server.product, "vestibule", host)
    return PasswordPolicy(settings.passwords.minimum, 1024, tuple(dict.fromkeys(context)))


def limit_policy(settings: Settings) -> LimitPolicy:
    """How often something may be tried."""
    given = settings.limits
    return LimitPolicy(
        login_address=replace(given.login_address, name="login"),
        login_global=replace(given.login_global, name="login-global"),
        registration_address=replace(given.registration, name="registration"),
        code_address=replace(given.codes, name="codes"),
        step_address=replace(given.steps, name="steps"),
        mail_recipient=replace(given.mail, name="mail"),
        account_failures=Backoff(
            given.account_failures,
            given.account_delay,
            given.account_delay_max,
            max(given.account_failures, given.account_failures_max),
            DAY,
        ),
    )


def pressure_policy(settings: Settings) -> PressurePolicy:
    """When sign-ins altogether look like an attack, and what strangers pay then."""
    given = settings.limits
    return PressurePolicy(given.attack.burst, given.attack.period, given.proof_of_work, given.proof_of_work_bits)


def outbox_lease(settings: Settings) -> Duration:
    """How long a mail is one worker's: longer than a sending may take, and no longer than its loss may delay it."""
    return max(10 * SECOND, int(2 * settings.mail.timeout * SECOND))


def code_policy(settings: Settings) -> CodePolicy:
    """Life of codes and links."""
    flows = settings.flows
    return CodePolicy(flows.reset_lifetime, flows.verification_lifetime, flows.attempt_lifetime, flows.code_attempts)


def login_policy(settings: Settings) -> LoginPolicy:
    """Life of half-finished logins."""
    return LoginPolicy(settings.flows.attempt_lifetime, settings.flows.attempt_steps, settings.factors.step_up)


def assurance_policy(settings: Settings) -> AssurancePolicy:
    """Who must prove a second factor."""
    given = settings.factors
    return AssurancePolicy(given.mfa, frozenset(given.mfa_roles), given.mfa_from)


def relying_party(settings: Settings) -> RelyingParty:
    """Who we are to passkeys: the host of the pages, unless a domain above it is named (RP id)."""
    given, pages = settings.factors, urlsplit(settings.app_url)
    origins = [f"{pages.scheme}://{pages.netloc}".lower(), *given.passkey_origins]
    return RelyingParty(given.passkey_domain or pages.hostname or "", settings.server.product, tuple(origins))


def session_policy(settings: Settings) -> SessionPolicy:
    """Life of sessions."""
    return SessionPolicy(settings.sessions.idle, settings.sessions.absolute, MINUTE)


def cache_policy(settings: Settings) -> CachePolicy:
    """How much a worker remembers about sessions, and on what terms."""
    return CachePolicy(settings.sessions.cache_mib * 2**20, max_age=MINUTE, lease=2 * SECOND, beat=SECOND // 2)


def key_policy(settings: Settings) -> KeyPolicy:
    """Signing keys and their rotation."""
    return KeyPolicy(settings.sessions.algorithm, settings.sessions.key_rotation, settings.sessions.access_token)


def token_policy(settings: Settings) -> TokenPolicy:
    """What tokens say and how long they live."""
    given, url = settings.sessions, settings.server.public_url
    return TokenPolicy(url, url, given.access_token, given.refresh_idle, given.absolute, given.refresh_grace)
