"""The flows of an account: registration, changes, recovery, deletion. None of them imports another."""

from dataclasses import dataclass

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
from vestibule.services.accounts.registration.passkey_registration import PasskeyRegistration
from vestibule.services.accounts.registration.pending_registrations import PendingRegistrations
from vestibule.services.accounts.registration.registration import Registration
from vestibule.services.accounts.reset_links import ResetLinks
from vestibule.services.accounts.restore_cutoff import RestoreCutoff
from vestibule.services.accounts.roles import Roles
from vestibule.services.accounts.second_factor import SecondFactor
from vestibule.services.accounts.sign_in_methods import SignInMethods
from vestibule.services.accounts.totp import AccountTotp


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServices:
    """The services of the accounts area; each attribute is named after its module."""

    account: Account
    account_deletion: AccountDeletion
    account_safety: AccountSafety
    administration: Administration
    demo: Demo
    email_change: EmailChange
    email_verification: EmailVerification
    passkey_registration: PasskeyRegistration
    passkeys: AccountPasskeys
    password_change: PasswordChange
    password_reset: PasswordReset
    pending_registrations: PendingRegistrations
    recovery_codes: AccountRecoveryCodes
    registration: Registration
    reset_links: ResetLinks
    restore_cutoff: RestoreCutoff
    roles: Roles
    second_factor: SecondFactor
    sign_in_methods: SignInMethods
    totp: AccountTotp
