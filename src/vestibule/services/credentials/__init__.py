"""What users prove their identity with: passwords, passkeys, authenticator apps, codes, trusted devices."""

from dataclasses import dataclass

from vestibule.services.credentials.ceremonies import Ceremonies
from vestibule.services.credentials.email_challenges import EmailChallenges
from vestibule.services.credentials.factor_changes import FactorChanges
from vestibule.services.credentials.factor_guesses import FactorGuesses
from vestibule.services.credentials.factor_recovery import FactorRecoveries
from vestibule.services.credentials.one_time_codes import OneTimeCodes
from vestibule.services.credentials.passkeys import Passkeys
from vestibule.services.credentials.password_changes import PasswordChanges
from vestibule.services.credentials.password_guesses import PasswordGuesses
from vestibule.services.credentials.password_verifier import PasswordVerifier
from vestibule.services.credentials.passwords import Passwords
from vestibule.services.credentials.recovery_codes import RecoveryCodes
from vestibule.services.credentials.totp import Totp
from vestibule.services.credentials.trusted_devices import TrustedDevices


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialServices:
    """The services of the credentials area; each attribute is named after its module."""

    ceremonies: Ceremonies
    email_challenges: EmailChallenges
    factor_changes: FactorChanges
    factor_guesses: FactorGuesses
    factor_recovery: FactorRecoveries
    one_time_codes: OneTimeCodes
    passkeys: Passkeys
    password_changes: PasswordChanges
    password_guesses: PasswordGuesses
    password_verifier: PasswordVerifier
    passwords: Passwords
    recovery_codes: RecoveryCodes
    totp: Totp
    trusted_devices: TrustedDevices
