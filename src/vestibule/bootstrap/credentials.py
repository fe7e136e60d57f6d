"""Builds the services of credentials."""

from vestibule.bootstrap import policies
from vestibule.bootstrap.foundation import Foundation
from vestibule.domain.login import Method
from vestibule.services.abuse import AbuseServices
from vestibule.services.credentials import CredentialServices
from vestibule.services.credentials.ceremonies import Ceremonies
from vestibule.services.credentials.email_challenges import EmailChallenges
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.factor_guesses import FactorGuesses
from vestibule.services.credentials.factor_recovery import FactorRecoveries
from vestibule.services.credentials.hash_profiles import HashProfiles
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.credentials.passkeys import Passkeys
from vestibule.services.credentials.passwords import Passwords
from vestibule.services.credentials.recovery_codes import RecoveryCodes
from vestibule.services.credentials.totp import Totp
from vestibule.services.credentials.trusted_devices import TrustedDevices
from vestibule.services.records import RecordServices
from vestibule.services.sessions import SessionServices


def credential_services(
    base: Foundation, records: RecordServices, abuse: AbuseServices, sessions: SessionServices
) -> CredentialServices:
    """Build the services of what users prove their identity with, and of what follows when that changes."""
    settings, database, clock, entropy, keys = base.settings, base.database, base.clock, base.entropy, base.keys
    audit, notifications, limits = records.audit, records.notifications, abuse.rate_limits
    codes = OneTimeCodes(database, clock, entropy, keys.hasher, base.hashes, policies.code_policy(settings))
    guesses = FactorGuesses(database, limits, abuse.device_cookies, records.deferred_jobs, notifications, audit)
    return CredentialServices(
        ceremonies=Ceremonies(database, clock, entropy),
        email_challenges=EmailChallenges(codes, limits, notifications),
        factor_changes=FactorChanges(database, clock, sessions.take_back, audit, notifications),
        factor_guesses=guesses,
        factor_recovery=FactorRecoveries(
            database,
            clock,
            entropy,
            codes,
            sessions.take_back,
            limits,
            notifications,
            audit,
            settings.factors.recovery_delay,
        ),
        one_time_codes=codes,
        passkeys=Passkeys(database, clock, entropy, policies.relying_party(settings), audit, notifications),
        passwords=_passwords(base, records, abuse),
        recovery_codes=RecoveryCodes(database, clock, entropy, base.hashes, guesses),
        totp=_totp(base, guesses),
        trusted_devices=TrustedDevices(database, clock, entropy, keys.hasher, audit, settings.factors.trusted_device),
    )


def _totp(base: Foundation, guesses: FactorGuesses) -> Totp:
    factors = base.settings.factors
    return Totp(
        base.database,
        base.clock,
        base.entropy,
        base.keys.seeds,
        guesses,
        base.settings.server.product,
        may_be_added=factors.mfa != "off" and Method.TOTP in factors.methods,
    )


def _passwords(base: Foundation, records: RecordServices, abuse: AbuseServices) -> Passwords:
    return Passwords(
        base.database,
        base.hashes,
        HashProfiles(base.database, base.clock, base.hashes),
        abuse.rate_limits,
        abuse.device_cookies,
        abuse.attack_detection,
        base.breached,
        records.deferred_jobs,
        records.notifications,
        records.audit,
        policies.password_policy(base.settings),
    )
