"""The table of contents: one attribute per service."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vestibule.domain.mail import SentMail
from vestibule.services.account import Account
from vestibule.services.account_safety import AccountSafety
from vestibule.services.administration import Administration
from vestibule.services.api_keys import ApiKeys
from vestibule.services.api_tokens import ApiTokens
from vestibule.services.cleanup import Cleanup
from vestibule.services.clients import Clients
from vestibule.services.csrf import Csrf
from vestibule.services.demo import Demo
from vestibule.services.email_verification import EmailVerification
from vestibule.services.factor_recovery import FactorRecoveries
from vestibule.services.forward_auth import ForwardAuth
from vestibule.services.guides import Guides
from vestibule.services.health import Health
from vestibule.services.known_devices import KnownDevices
from vestibule.services.leases import Leases
from vestibule.services.login import LoginService
from vestibule.services.login.step_up import StepUp
from vestibule.services.mailed_sign_ins import MailedSignIns
from vestibule.services.outbox import Outbox
from vestibule.services.password_reset import PasswordReset
from vestibule.services.pressure import Pressure
from vestibule.services.proof_of_work import ProofOfWork
from vestibule.services.rate_limits import RateLimits
from vestibule.services.registration import Registration
from vestibule.services.restoration import Restoration
from vestibule.services.roles import Roles
from vestibule.services.secret_rotation import SecretRotation
from vestibule.services.session_check import SessionCheck
from vestibule.services.session_touches import SessionTouches
from vestibule.services.sessions import Sessions
from vestibule.services.sign_in_methods import SignInMethods
from vestibule.services.signing_keys import SigningKeys
from vestibule.services.status_lists import StatusChanges, StatusLists
from vestibule.services.tokens import Tokens
from vestibule.services.trusted_devices import TrustedDevices


@dataclass(frozen=True, slots=True)
class Services:
    """Built once per process by bootstrap. `mailbox` reads the development mailbox, where there is one."""

    # flows
    registration: Registration
    password_reset: PasswordReset
    email_verification: EmailVerification
    account: Account
    account_safety: AccountSafety
    sign_in_methods: SignInMethods
    administration: Administration
    demo: Demo
    secret_rotation: SecretRotation
    restoration: Restoration
    api_tokens: ApiTokens
    api_keys: ApiKeys
    clients: Clients
    # login
    login: LoginService
    step_up: StepUp
    # capabilities
    mailed_sign_ins: MailedSignIns
    factor_recoveries: FactorRecoveries
    trusted_devices: TrustedDevices
    sessions: Sessions
    session_check: SessionCheck
    session_touches: SessionTouches
    forward_auth: ForwardAuth
    tokens: Tokens
    signing_keys: SigningKeys
    status_lists: StatusLists
    status_changes: StatusChanges
    roles: Roles
    csrf: Csrf
    known_devices: KnownDevices
    pressure: Pressure
    proof_of_work: ProofOfWork
    # records and upkeep
    rate_limits: RateLimits
    outbox: Outbox
    health: Health
    guides: Guides
    cleanup: Cleanup
    leases: Leases
    mailbox: Callable[[], Sequence[SentMail]] | None
