"""The services that controllers, jobs and commands call: one attribute for each area.

A service with four collaborators or more declares them as the fields of a dataclass and is constructed by position; the
decorator's `eq=False, repr=False` keeps it compared by identity, and its collaborators out of logs.
"""

from dataclasses import dataclass

from vestibule.services.abuse import AbuseServices
from vestibule.services.access import AccessServices
from vestibule.services.accounts import AccountServices
from vestibule.services.credentials import CredentialServices
from vestibule.services.login import LoginServices
from vestibule.services.operations import OperationServices
from vestibule.services.records import RecordServices
from vestibule.services.sessions import SessionServices
from vestibule.services.tokens import TokenServices


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Every service of the process, by area; built once per process by bootstrap. An area uses only the areas below it,
    in this order: accounts and operations, then login and access, credentials and tokens, sessions, abuse, records.
    """

    accounts: AccountServices
    operations: OperationServices
    login: LoginServices
    access: AccessServices
    credentials: CredentialServices
    tokens: TokenServices
    sessions: SessionServices
    abuse: AbuseServices
    records: RecordServices
