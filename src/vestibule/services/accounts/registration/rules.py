"""What the values of a registration have to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vestibule.domain.errors import Denied, FieldError, ValidationFailed
from vestibule.domain.new_user import NewUser
from vestibule.domain.ports import MailDomains
from vestibule.domain.profile_fields import ProfileFields, merged
from vestibule.domain.user import Identifier, display_name
from vestibule.services.credentials.identifiers import DOMAIN_ERRORS, parse_email, parse_names, parse_username
from vestibule.services.credentials.passwords import Passwords, context_of


@dataclass(frozen=True, slots=True)
class CheckedUser:
    """The values of a registration in canonical form. `profile`: JSON, by the names of the declared fields."""

    username: Identifier
    email: Identifier
    names: Mapping[str, Any]
    profile: str


class RegistrationRules:
    """Checks the values of a registration."""

    def __init__(self, passwords: Passwords, domains: MailDomains, profile_fields: ProfileFields) -> None:
        self._passwords = passwords
        self._domains = domains
        self._profile_fields = profile_fields

    def check(self, new: NewUser, *, complete: bool = True) -> CheckedUser | Denied:
        """Check all rules that need no lookup, at once. Denied (ValidationFailed) names every field that breaks one.
        `complete`: every required profile field must have a value.
        """
        username, email = parse_username(new.username), parse_email(new.email)
        names, wrong_names = parse_names(new.names)
        profile, wrong_values = self._profile_fields.parse(new.profile, complete=complete)
        errors: dict[str, FieldError | None] = {
            "username": username if isinstance(username, FieldError) else None,
            "email": email if isinstance(email, FieldError) else None,
            "password": self._password_error(new),
        }
        found = {name: error for name, error in errors.items() if error} | wrong_names | wrong_values
        if found or isinstance(username, FieldError) or isinstance(email, FieldError):
            return Denied(ValidationFailed(fields=found))
        return CheckedUser(username, email, names, merged("{}", profile))

    async def look_up(self, checked: CheckedUser, password: str | None) -> Denied | None:
        """Check the rules that need a lookup, which takes a moment. Denied (ValidationFailed) names every field that
        breaks one. Raises PasswordCheckUnavailable.
        """
        errors = {
            "email": DOMAIN_ERRORS.get(await self._domains.refuses(checked.email.canonical.rpartition("@")[2]) or ""),
            "password": await self._passwords.breach(password) if password is not None else None,
        }
        found = {name: error for name, error in errors.items() if error}
        return Denied(ValidationFailed(fields=found)) if found else None

    def _password_error(self, new: NewUser) -> FieldError | None:
        if new.password is None:
            return None
        shown = display_name(*map(new.names.get, ("name", "first_name", "last_name")))
        return self._passwords.error(new.password, context_of(new.username, new.email, shown))
