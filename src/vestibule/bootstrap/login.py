"""Builds the services of signing in."""

from vestibule.bootstrap import policies
from vestibule.bootstrap.foundation import Foundation
from vestibule.bootstrap.methods import login_methods
from vestibule.services.abuse import AbuseServices
from vestibule.services.credentials import CredentialServices
from vestibule.services.login import LoginServices
from vestibule.services.login.attempts import Attempts
from vestibule.services.login.finish import CountedFailures, Finish
from vestibule.services.login.login import LoginService
from vestibule.services.login.mailed_sign_ins import MailedSignIns
from vestibule.services.login.step_up import StepUp
from vestibule.services.records import RecordServices
from vestibule.services.sessions import SessionServices
from vestibule.services.tokens import TokenServices


def login_services(
    base: Foundation,
    records: RecordServices,
    abuse: AbuseServices,
    sessions: SessionServices,
    tokens: TokenServices,
    held: CredentialServices,
) -> LoginServices:
    """Build the services of signing in. `Finish` is the only place where a user becomes signed in."""
    database, clock, mailed = base.database, base.clock, _mailed_sign_ins(base, records, abuse, held)
    finish = Finish(
        database,
        clock,
        sessions.sessions,
        tokens.tokens,
        CountedFailures(abuse.rate_limits, abuse.device_cookies),
        held.trusted_devices,
        records.audit,
        records.notifications,
    )
    login = LoginService(
        database,
        clock,
        {**login_methods(base, records, held, mailed), **dict(base.overrides.methods)},
        base.assurance,
        Attempts(database, clock, base.entropy, base.keys.hasher, policies.login_policy(base.settings)),
        held.factor_changes,
        held.trusted_devices,
        finish,
    )
    step_up = StepUp(
        database, clock, login, held.password_verifier, abuse.rate_limits, abuse.device_cookies, records.audit
    )
    return LoginServices(login=login, mailed_sign_ins=mailed, step_up=step_up)


def _mailed_sign_ins(
    base: Foundation, records: RecordServices, abuse: AbuseServices, held: CredentialServices
) -> MailedSignIns:
    return MailedSignIns(
        base.database,
        base.clock,
        held.one_time_codes,
        abuse.rate_limits,
        abuse.device_cookies,
        held.factor_changes,
        records.deferred_jobs,
        records.notifications,
    )
