"""The flows of an account: registration, changes, recovery, deletion. None of them imports another."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServices:
    """The services of the accounts area; each attribute is named after its module."""

    account: Account
    account_safety: AccountSafety
    administration: Administration
    demo: Demo
    email_verification: EmailVerification
    password_reset: PasswordReset
    registration: Registration
    restore_cutoff: RestoreCutoff
    roles: Roles
    sign_in_methods: SignInMethods
