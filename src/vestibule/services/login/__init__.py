"""Signing in: the login attempt, its methods, and step-up."""

from dataclasses import dataclass

from vestibule.services.login.login import LoginService
from vestibule.services.login.mailed_sign_ins import MailedSignIns
from vestibule.services.login.step_up import StepUp


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginServices:
    """The services of the login area; each attribute is named after its module."""

    login: LoginService
    mailed_sign_ins: MailedSignIns
    step_up: StepUp
