"""The login methods that are switched on: one line each."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.assurance import AssurancePolicy
from vestibule.domain.login import Method
from vestibule.domain.ports import Clock
from vestibule.repositories.unit_of_work import Database
from vestibule.services.audit import AuditLog
from vestibule.services.factor_changes import FactorChanges
from vestibule.services.factor_recovery import FactorRecoveries
from vestibule.services.login.email_code import EmailCodeMethod
from vestibule.services.login.email_link import EmailLinkMethod
from vestibule.services.login.enrolment import PasskeyEnrolment, SkipEnrolment, TotpEnrolment
from vestibule.services.login.factor_recovery import FactorRecoveryMethod
from vestibule.services.login.method import LoginMethod
from vestibule.services.login.passkey import PasskeyMethod
from vestibule.services.login.password import PasswordMethod
from vestibule.services.login.recovery_code import RecoveryCodeMethod
from vestibule.services.login.totp import TotpMethod
from vestibule.services.mailed_sign_ins import MailedSignIns
from vestibule.services.notifications import Notifications
from vestibule.services.passkeys import Passkeys
from vestibule.services.passwords import Passwords
from vestibule.services.recovery_codes import RecoveryCodes
from vestibule.services.totp import Totp


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What login methods stand on."""

    database: Database
    clock: Clock
    audit: AuditLog
    notifications: Notifications
    passwords: Passwords
    passkeys: Passkeys
    totp: Totp
    recovery_codes: RecoveryCodes
    mailed: MailedSignIns
    changes: FactorChanges
    recoveries: FactorRecoveries


def login_methods(have: Capabilities, policy: AssurancePolicy, chosen: tuple[str, ...]) -> Mapping[str, LoginMethod]:
    """By name, in the order in which they are offered: the chosen ones, then what follows from them."""
    database, clock, audit = have.database, have.clock, have.audit
    every: dict[str, LoginMethod] = {
        Method.PASSWORD: PasswordMethod(database, clock, have.passwords, audit),
        Method.PASSKEY: PasskeyMethod(database, clock, have.passkeys, audit),
        Method.EMAIL_LINK: EmailLinkMethod(have.mailed),
        Method.EMAIL_CODE: EmailCodeMethod(database, clock, have.mailed, audit),
        Method.TOTP: TotpMethod(database, clock, have.totp, audit),
        Method.RECOVERY_CODE: RecoveryCodeMethod(database, clock, have.recovery_codes, have.notifications, audit),
    }
    found = {name: every[name] for name in chosen}
    if Method.PASSKEY in found:
        found[Method.PASSKEY_ENROLMENT] = PasskeyEnrolment(
            database, clock, have.passkeys, have.changes, have.notifications
        )
    if Method.TOTP in found and policy.mfa != "off":
        found[Method.TOTP_ENROLMENT] = TotpEnrolment(database, clock, have.totp, have.changes, have.notifications)
    if policy.forced_from:
        found[Method.SKIP_ENROLMENT] = SkipEnrolment(clock, policy.forced_from)
    if have.recoveries.delay:
        found[Method.FACTOR_RECOVERY] = FactorRecoveryMethod(database, clock, have.recoveries)
    return found
