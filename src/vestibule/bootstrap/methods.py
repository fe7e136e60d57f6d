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
    database, clock, notifications = base.database, base.clock, records.notifications
    common = database, clock, records.audit
    policy, changes = base.assurance, held.factor_changes
    every: dict[str, LoginMethod] = {
        Method.PASSWORD: PasswordMethod(*common, held.password_verifier),
        Method.PASSKEY: PasskeyMethod(*common, held.passkeys),
        Method.EMAIL_LINK: EmailLinkMethod(mailed),
        Method.EMAIL_CODE: EmailCodeMethod(*common, mailed),
        Method.TOTP: TotpMethod(*common, held.totp),
        Method.RECOVERY_CODE: RecoveryCodeMethod(*common, held.recovery_codes, notifications),
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
