"""Builds the services of account flows."""

from vestibule.bootstrap.foundation import Foundation
from vestibule.services.abuse import AbuseServices
from vestibule.services.accounts import AccountServices
from vestibule.services.accounts.account import Account
from vestibule.services.accounts.account_deletion import AccountDeletion
from vestibule.services.accounts.account_safety import AccountSafety
from vestibule.services.accounts.administration import Administration
from vestibule.services.accounts.demo import Demo
from vestibule.services.accounts.email_change import EmailChange
from vestibule.services.accounts.email_verification import EmailVerification
from vestibule.services.accounts.passkeys import AccountPasskeys
from vestibule.services.accounts.password_change import PasswordChange
from vestibule.services.accounts.password_reset import PasswordReset
from vestibule.services.accounts.recovery_codes import AccountRecoveryCodes
from vestibule.services.accounts.registration.new_accounts import NewAccounts
from vestibule.services.accounts.registration.passkey_registration import PasskeyRegistration
from vestibule.services.accounts.registration.pending_registrations import PendingRegistrations
from vestibule.services.accounts.registration.registration import Registration
from vestibule.services.accounts.registration.rules import RegistrationRules
from vestibule.services.accounts.reset_links import ResetLinks
from vestibule.services.accounts.restore_cutoff import RestoreCutoff
from vestibule.services.accounts.roles import Roles
from vestibule.services.accounts.second_factor import SecondFactor
from vestibule.services.accounts.sign_in_methods import SignInMethods
from vestibule.services.accounts.totp import AccountTotp
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
    limits, jobs, factor_changes = abuse.rate_limits, records.deferred_jobs, held.factor_changes
    pending = _pending_registrations(base, records, held)
    registration = _registration_rules(base, held), _new_accounts(base, records, held, pending)
    return AccountServices(
        account=Account(database, clock, audit, flows.profile_fields),
        account_deletion=AccountDeletion(database, clock, take_back, codes, notifications, audit, flows.deletion_grace),
        account_safety=AccountSafety(
            database, clock, codes, take_back, notifications, audit, flows.deletion_grace, flows.lockdown_reach
        ),
        administration=Administration(database, clock, take_back, held.factor_recovery, audit),
        demo=Demo(database, clock, base.entropy, held.passwords),
        email_change=EmailChange(database, clock, flows.registration, held.email_challenges, notifications, audit),
        email_verification=EmailVerification(
            database, clock, codes, held.email_challenges, factor_changes, jobs, notifications, audit
        ),
        passkey_registration=PasskeyRegistration(*registration, held.passkeys, login.login),
        passkeys=_passkeys(base, records, held),
        password_change=PasswordChange(database, clock, held.passwords, held.password_changes, sessions.sessions),
        password_reset=PasswordReset(
            database, clock, codes, held.passwords, limits, factor_changes, held.password_changes
        ),
        pending_registrations=pending,
        recovery_codes=AccountRecoveryCodes(database, clock, held.recovery_codes, held.factor_changes, notifications),
        registration=Registration(*registration, held.passwords, login.login),
        reset_links=ResetLinks(database, clock, codes, limits, jobs, notifications, audit),
        restore_cutoff=RestoreCutoff(database, clock, audit),
        roles=Roles(database, clock, audit),
        second_factor=SecondFactor(database, clock, held.factor_changes, notifications),
        sign_in_methods=SignInMethods(database, held.trusted_devices, held.factor_recovery),
        totp=_totp(base, records, sessions, held),
    )


def _registration_rules(base: Foundation, held: CredentialServices) -> RegistrationRules:
    return RegistrationRules(held.passwords, base.domains, base.settings.flows.profile_fields)


def _pending_registrations(base: Foundation, records: RecordServices, held: CredentialServices) -> PendingRegistrations:
    return PendingRegistrations(
        base.database,
        base.clock,
        held.email_challenges,
        records.deferred_jobs,
        records.notifications,
        base.settings.flows.pending_lifetime,
    )


def _new_accounts(
    base: Foundation, records: RecordServices, held: CredentialServices, pending: PendingRegistrations
) -> NewAccounts:
    return NewAccounts(
        base.database,
        base.clock,
        base.entropy,
        base.settings.flows.registration,
        held.email_challenges,
        pending,
        records.audit,
    )


def _passkeys(base: Foundation, records: RecordServices, held: CredentialServices) -> AccountPasskeys:
    return AccountPasskeys(
        base.database,
        base.clock,
        held.ceremonies,
        held.passkeys,
        held.factor_changes,
        records.notifications,
        records.audit,
    )


def _totp(
    base: Foundation, records: RecordServices, sessions: SessionServices, held: CredentialServices
) -> AccountTotp:
    return AccountTotp(
        base.database,
        base.clock,
        held.ceremonies,
        held.totp,
        held.recovery_codes,
        sessions.sessions,
        held.factor_changes,
        records.notifications,
    )
