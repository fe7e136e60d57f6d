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
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.credentials.passkeys import Passkeys
from vestibule.services.credentials.password_changes import PasswordChanges
from vestibule.services.credentials.password_guesses import PasswordGuesses
from vestibule.services.credentials.password_verifier import HashProfiles, PasswordVerifier
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
    profiles, password_guesses = HashProfiles(database, clock, base.hashes), _password_guesses(base, records, abuse)
    return CredentialServices(
        ceremonies=Ceremonies(database, clock, entropy),
        email_challenges=EmailChallenges(codes, limits, notifications),
        factor_changes=FactorChanges(database, clock, sessions.take_back, limits, audit, notifications),
        factor_guesses=guesses,
        factor_recovery=FactorRecoveries(
            database,
            clock,
            entropy,
            codes,
            notifications,
            audit,
            settings.factors.recovery_delay,
        ),
        one_time_codes=codes,
        passkeys=Passkeys(database, clock, entropy, policies.relying_party(settings), audit, notifications),
        password_changes=PasswordChanges(sessions.take_back, notifications, audit),
        password_guesses=password_guesses,
        password_verifier=PasswordVerifier(database, base.hashes, profiles, password_guesses),
        passwords=Passwords(base.hashes, base.breached, policies.password_policy(settings)),
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


def _password_guesses(base: Foundation, records: RecordServices, abuse: AbuseServices) -> PasswordGuesses:
    return PasswordGuesses(
        base.database,
        abuse.rate_limits,
        abuse.device_cookies,
        abuse.attack_detection,
        records.deferred_jobs,
        records.notifications,
        records.audit,
    )
