"""Settings of the links in emails: templates that lead to pages of the operator's own application."""

import re
from dataclasses import dataclass

from vestibule.domain.one_time_code import CodePurpose
from vestibule.settings import hosts
from vestibule.settings.item import setting

_TOKEN = "{token}"  # noqa: S105 - a placeholder
_EXPECTED = (
    f"a path, or an http(s) address, with one {_TOKEN}, such as /reset-password/{_TOKEN} or "
    f"https://app.example.com/reset-password#token={_TOKEN}"
)
_PARTS = re.compile(r"([^/?#]*://[^/?#]*)?([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
# Escapes of other characters than ASCII only: browsers read %2e as a dot, some servers %2f and %5c as slashes.
_PLAIN = r"(?:[A-Za-z0-9._~-]|%[89A-Fa-f][0-9A-Fa-f]|\{token\})"
_PATH = re.compile(rf"(?:/{_PLAIN}+)*/?")
_QUERY = re.compile(rf"(?:{_PLAIN}|[/?&=:@!+,;])*")
_CUT_OFF = ".,;:!?"


def link_template(raw: str) -> str:
    """Parse the template of a link: a path, or an address, whose host is returned as browsers send it.

    The token stands in the path, the query or the fragment. Raises ValueError for what is no template, and for what
    browsers, servers and email programs read in several ways.
    """
    if raw.count(_TOKEN) != 1 or any(sign in raw.replace(_TOKEN, "") for sign in "{}"):
        raise _refused(f"with {_TOKEN} exactly once and no other braces")
    parts = _PARTS.fullmatch(raw)
    origin, path, query, fragment = parts.groups(default="") if parts else ("", "", "", "")
    if not origin and not path.startswith("/"):
        raise _refused("beginning with / or https://")
    if _TOKEN in origin:
        raise _refused(f"with {_TOKEN} behind the host")
    if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
        raise _refused("with a path of letters, digits and -._~ (other letters as %XX), without empty and dot segments")
    if not _QUERY.fullmatch(query) or not _QUERY.fullmatch(fragment):
        raise _refused("with letters, digits and -._~/?&=:@!+,; (other letters as %XX) behind ? and #")
    if raw[-1] in _CUT_OFF:
        raise _refused(f"without {_CUT_OFF} at the end, where email programs cut them off")
    return _origin(origin) + raw.removeprefix(origin)


def _origin(text: str) -> str:
    try:
        return hosts.web_address(text).origin if text else ""
    except ValueError as error:
        raise _refused(f"with {error}") from error


def _refused(rule: str) -> ValueError:
    return ValueError(f"{_EXPECTED}; {rule}")


# Which field of `LinkSettings` is about which purpose.
FIELDS = {
    CodePurpose.PASSWORD_RESET: "reset_password",
    CodePurpose.EMAIL_VERIFICATION: "verify_email",
    CodePurpose.SIGN_IN: "sign_in",
    CodePurpose.DELETION_UNDO: "restore",
    CodePurpose.EMAIL_UNDO: "undo_email",
    CodePurpose.NOT_ME: "not_me",
    CodePurpose.RECOVERY_CANCEL: "cancel_recovery",
}


@dataclass(frozen=True, slots=True)
class LinkSettings:
    """Links in emails that lead to pages of your own."""

    reset_password: str = setting(
        "LINK_RESET_PASSWORD",
        "",
        "Your page for a new password: a template with one {token}, such as /reset-password#token={token}, below "
        "VESTIBULE_APP_URL unless it is a whole address (docs/sign-in.md tells the risk of each form). Once one of "
        "these is set, all pages without one are Vestibule's own, at VESTIBULE_PUBLIC_URL.",
        link_template,
    )
    verify_email: str = setting("LINK_VERIFY_EMAIL", "", "Your page that confirms an email address.", link_template)
    sign_in: str = setting("LINK_SIGN_IN", "", "Your page that confirms a sign-in by email link.", link_template)
    restore: str = setting("LINK_RESTORE", "", "Your page that restores a deleted account.", link_template)
    undo_email: str = setting("LINK_UNDO_EMAIL", "", "Your page that undoes a change of address.", link_template)
    not_me: str = setting("LINK_NOT_ME", "", 'Your page that locks an account down ("not me").', link_template)
    cancel_recovery: str = setting(
        "LINK_CANCEL_RECOVERY", "", "Your page that stops the recovery of a lost second factor.", link_template
    )

    @property
    def templates(self) -> dict[CodePurpose, str]:
        """The templates that are set, by purpose."""
        return {purpose: found for purpose, name in FIELDS.items() if (found := getattr(self, name))}
