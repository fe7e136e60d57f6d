"""The composition root: the only place that constructs services, adapters and the engine. One file per area."""

from vestibule.bootstrap.abuse import abuse_services
from vestibule.bootstrap.access import access_services
from vestibule.bootstrap.accounts import account_services
from vestibule.bootstrap.credentials import credential_services
from vestibule.bootstrap.foundation import Overrides as Overrides
from vestibule.bootstrap.foundation import bare_database as bare_database
from vestibule.bootstrap.foundation import foundation
from vestibule.bootstrap.login import login_services
from vestibule.bootstrap.operations import client_packages as client_packages
from vestibule.bootstrap.operations import operation_services
from vestibule.bootstrap.paths import database_url as database_url
from vestibule.bootstrap.paths import development_secret as development_secret
from vestibule.bootstrap.paths import direct_database_url as direct_database_url
from vestibule.bootstrap.paths import new_secret as new_secret
from vestibule.bootstrap.paths import secret_file as secret_file
from vestibule.bootstrap.records import record_services
from vestibule.bootstrap.sessions import session_services
from vestibule.bootstrap.system import System as System
from vestibule.bootstrap.tokens import token_services
from vestibule.domain.deferred_job import DeferredJob
from vestibule.domain.flow_check import FlowConfig
from vestibule.services import Services
from vestibule.services.accounts import AccountServices
from vestibule.services.credentials import CredentialServices
from vestibule.services.login import LoginServices
from vestibule.services.records.deferred_jobs import JobHandler
from vestibule.settings import Settings


def build(settings: Settings, overrides: Overrides | None = None) -> System:
    """Return a wired system, built from the lowest area to the highest. It is not connected yet."""
    base = foundation(settings, overrides or Overrides())
    handlers: dict[DeferredJob, JobHandler] = {}
    records = record_services(base, handlers)
    abuse = abuse_services(base, records)
    sessions = session_services(base, records)
    tokens = token_services(base, records)
    credentials = credential_services(base, records, abuse, sessions)
    access = access_services(base, records, sessions, tokens)
    login = login_services(base, records, abuse, sessions, tokens, credentials)
    accounts = account_services(base, records, abuse, sessions, credentials, login)
    handlers |= _job_handlers(credentials, login, accounts)
    services = Services(
        accounts=accounts,
        operations=operation_services(base, records, tokens),
        login=login,
        access=access,
        credentials=credentials,
        tokens=tokens,
        sessions=sessions,
        abuse=abuse,
        records=records,
    )
    flows = FlowConfig(login.login.rules, base.assurance, settings.factors.recovery_delay)
    return System(
        services=services,
        database=base.database,
        engine=base.engine,
        hashes=base.hashes,
        breached=base.breached,
        clock=base.clock,
        entropy=base.entropy,
        flows=flows,
    )


def _job_handlers(
    credentials: CredentialServices, login: LoginServices, accounts: AccountServices
) -> dict[DeferredJob, JobHandler]:
    return {
        DeferredJob.CLAIM_REGISTRATION: accounts.pending_registrations.claim,
        DeferredJob.EMAIL_RESET_LINK: accounts.reset_links.mail,
        DeferredJob.EMAIL_VERIFICATION_CODE: accounts.email_verification.mail_code,
        DeferredJob.EMAIL_SIGN_IN: login.mailed_sign_ins.mail,
        DeferredJob.ALERT_OF_PASSWORD_GUESSING: credentials.password_guesses.alert_owner,
        DeferredJob.ALERT_OF_FACTOR_GUESSING: credentials.factor_guesses.alert_owner,
    }
