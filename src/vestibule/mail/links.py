"""The addresses in emails, each with the token of its purpose."""

from collections.abc import Mapping
from dataclasses import dataclass

from vestibule.domain.one_time_code import CodePurpose

_TOKEN = "{token}"  # noqa: S105 - a placeholder
# Vestibule's own pages read the token from the fragment, which no server receives.
OWN_PAGES = {
    CodePurpose.PASSWORD_RESET: "/auth/reset-password#token={token}",
    CodePurpose.EMAIL_VERIFICATION: "/auth/verify-email#token={token}",
    CodePurpose.SIGN_IN: "/auth/confirm#token={token}",
    CodePurpose.EMAIL_UNDO: "/auth/undo#email={token}",
    CodePurpose.RECOVERY_CANCEL: "/auth/undo#recovery={token}",
    CodePurpose.DELETION_UNDO: "/auth/undo#restore={token}",
    CodePurpose.NOT_ME: "/auth/undo#notMe={token}",
}


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links in emails lead. `pages`: the address of Vestibule's own pages, without a final slash;
    `templates`: whole addresses of the operator's own pages, by purpose, each with one `{token}`.
    """

    pages: str
    templates: Mapping[CodePurpose, str]

    def address(self, purpose: CodePurpose, token: str) -> str:
        """Return the address of the page that uses this token."""
        template = self.templates.get(purpose)
        return template.replace(_TOKEN, token) if template else self.pages + OWN_PAGES[purpose].replace(_TOKEN, token)

    @property
    def sign_in(self) -> str:
        """The address of the page for signing in."""
        return f"{self.pages}/auth/sign-in"

    @property
    def security(self) -> str:
        """The address of the account page with passwords, passkeys and second factors."""
        return f"{self.pages}/account/security"
