"""Builds the services of account flows."""

from vestibule.bootstrap.foundation import Foundation
from vestibule.domain.login import Method
from vestibule.services.abuse import AbuseServices
from vestibule.services.accounts import AccountServices
from vestibule.services.accounts.account import Account
from vestibule.services.accounts.account_safety import AccountSafety
from vestibule.services.accounts.administration import Administration
from vestibule.services.accounts.demo import Demo
from vestibule.services.accounts.email_verification import EmailVerification
from vestibule.services.accounts.password_reset import PasswordReset
from vestibule.services.accounts.registration import Registration
from vestibule.services.accounts.restore_cutoff import RestoreCutoff
from vestibule.services.accounts.roles import Roles
from vestibule.services.accounts.sign_in_methods import SignInMethods
from vestibule.services.credentials import CredentialServices
from vestibule.services.login import LoginServices
from vestibule.services.records import RecordServices
from vestibule.services.sessions import SessionServices


def account_services(
    base: Foundation,
    records: RecordServices,
    abuse: AbuseServices,
    sessions: SessionServices,
    held: CredentialServices,
    login: LoginServices,
) -> AccountServices:
    """Build the services of account flows. None uses another; what two of them share belongs to an area below."""
    database, clock, audit, notifications = base.database, base.clock, records.audit, records.notifications
    flows, take_back, codes = base.settings.flows, sessions.take_back, held.one_time_codes
    shared = held.factor_changes, records.deferred_jobs, notifications, audit
    return AccountServices(
        account=Account(
            database,
            clock,
            flows.registration,
            held.passwords,
            sessions.sessions,
            take_back,
            codes,
            held.email_challenges,
            notifications,
            audit,
            flows.deletion_grace,
            flows.profile_fields,
        ),
        account_safety=AccountSafety(
            database, clock, codes, take_back, notifications, audit, flows.deletion_grace, flows.lockdown_reach
        ),
        administration=Administration(database, clock, take_back, held.factor_recovery, audit),
        demo=Demo(database, clock, base.entropy, held.passwords),
        email_verification=EmailVerification(database, clock, codes, held.email_challenges, *shared),
        password_reset=PasswordReset(database, clock, codes, held.passwords, abuse.rate_limits, take_back, *shared),
        registration=_registration(base, records, held, login),
        restore_cutoff=RestoreCutoff(database, clock, audit),
        roles=Roles(database, clock, audit),
        sign_in_methods=_sign_in_methods(base, records, sessions, held),
    )


def _registration(
    base: Foundation, records: RecordServices, held: CredentialServices, login: LoginServices
) -> Registration:
    flows = base.settings.flows
    return Registration(
        base.database,
        base.clock,
        base.entropy,
        flows.registration,
        held.passwords,
        base.domains,
        held.email_challenges,
        records.deferred_jobs,
        records.notifications,
        records.audit,
        login.login,
        held.passkeys,
        flows.pending_lifetime,
        flows.profile_fields,
    )


def _sign_in_methods(
    base: Foundation, records: RecordServices, sessions: SessionServices, held: CredentialServices
) -> SignInMethods:
    factors = base.settings.factors
    return SignInMethods(
        base.database,
        base.clock,
        held.ceremonies,
        held.passkeys,
        held.totp,
        held.recovery_codes,
        sessions.sessions,
        held.trusted_devices,
        held.factor_recovery,
        held.factor_changes,
        records.notifications,
        records.audit,
        totp_allowed=factors.mfa != "off" and Method.TOTP in factors.methods,
    )
