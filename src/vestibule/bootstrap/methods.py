"""Builds the login methods that are switched on: one line each."""

from collections.abc import Mapping

from vestibule.bootstrap.foundation import Foundation
from vestibule.domain.login import Method
from vestibule.services.credentials import CredentialServices
from vestibule.services.login.email_code import EmailCodeMethod
from vestibule.services.login.email_link import EmailLinkMethod
from vestibule.services.login.enrolment import PasskeyEnrolment, SkipEnrolment, TotpEnrolment
from vestibule.services.login.factor_recovery import FactorRecoveryMethod
from vestibule.services.login.mailed_sign_ins import MailedSignIns
from vestibule.services.login.method import LoginMethod
from vestibule.services.login.passkey import PasskeyMethod
from vestibule.services.login.password import PasswordMethod
from vestibule.services.login.recovery_code import RecoveryCodeMethod
from vestibule.services.login.totp import TotpMethod
from vestibule.services.records import RecordServices


def login_methods(
    base: Foundation, records: RecordServices, held: CredentialServices, mailed: MailedSignIns
) -> Mapping[str, LoginMethod]:
    """Return the login methods by name, in the order in which they are offered: the chosen ones, then those implied."""
    database, clock, audit, notifications = base.database, base.clock, records.audit, records.notifications
    policy, changes = base.assurance, held.factor_changes
    every: dict[str, LoginMethod] = {
        Method.PASSWORD: PasswordMethod(database, clock, held.password_verifier, audit),
        Method.PASSKEY: PasskeyMethod(database, clock, held.passkeys, audit),
        Method.EMAIL_LINK: EmailLinkMethod(mailed),
        Method.EMAIL_CODE: EmailCodeMethod(database, clock, mailed, audit),
        Method.TOTP: TotpMethod(database, clock, held.totp, audit),
        Method.RECOVERY_CODE: RecoveryCodeMethod(database, clock, held.recovery_codes, notifications, audit),
    }
    found = {name: every[name] for name in base.settings.factors.methods}
    if Method.PASSKEY in found:
        found[Method.PASSKEY_ENROLMENT] = PasskeyEnrolment(database, clock, held.passkeys, changes, notifications)
    if Method.TOTP in found and policy.mfa != "off":
        found[Method.TOTP_ENROLMENT] = TotpEnrolment(database, clock, held.totp, changes, notifications)
    if policy.forced_from:
        found[Method.SKIP_ENROLMENT] = SkipEnrolment(clock, policy.forced_from)
    if held.factor_recovery.delay:
        found[Method.FACTOR_RECOVERY] = FactorRecoveryMethod(database, clock, held.factor_recovery, changes)
    return found
