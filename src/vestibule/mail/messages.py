"""Composes the emails, one method per email. Links are built from configured addresses only, never from a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from vestibule import i18n
from vestibule.domain.instant import DAY, MINUTE, Instant, to_datetime
from vestibule.domain.mail import Alarm, Mail
from vestibule.domain.one_time_code import CodePurpose, MailedCode
from vestibule.domain.taking_back import TakenBack, Thing
from vestibule.domain.user import User
from vestibule.mail.links import Links

# Emails that answer a request: worth nothing once their code or account is gone. All others are alerts of an event and
# are sent however late: otherwise an anonymous request that voids a link would keep an alert from its reader.
_ANSWERS = frozenset({"account_exists", "password_reset", "sign_in", "verify_email"})
# Without a "not me" link: they report what was done against an intruder, or contain a recovery link of their own.
_WITHOUT_ALARM = frozenset({"email_changed", "locked_down", "email_restored"})
# Alerts that earlier addresses get too, while they may take the account back: an intruder may have the newer address.
_FOR_EARLIER_ADDRESSES = frozenset(
    {
        "account_deleted",
        "api_key_created",
        "email_change",
        "factors_reset",
        "passkey_added",
        "passkey_removed",
        "password_changed",
        "password_removed",
        "recovery_code_used",
        "recovery_codes_made",
        "recovery_completed",
        "recovery_started",
        "second_factor_off",
        "second_factor_on",
        "sessions_ended",
        "totp_added",
        "totp_removed",
    }
)
# Not listed in emails: links that the reader has not opened and so would not recognise.
_UNTOLD = frozenset({Thing.RESET_LINKS, Thing.SIGN_IN_CODES, Thing.NOT_ME_LINKS, Thing.OLDER_UNDO_LINKS})
NOTHING = TakenBack()
# An email without what opened something.
_DEAD = {"code": "", "link": "", "not_me": ""}


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts by which an account's owner can recognise an event: its time (microseconds since 1970 UTC), device and IP
    address; and the secret of the "not me" link with its hash (empty: no link).
    """

    at: Instant
    device: str
    address: str
    not_me: str = field(default="", repr=False)
    not_me_hash: str = field(default="", repr=False)


class Messages:
    """Composes emails in the user's language, as text and as HTML.

    `code` is the new code that the email contains; `facts` describe the event; `taken` lists what it voided and kept.
    """

    def __init__(self, *, links: Links, product: str) -> None:
        self._links = links
        self._product = product
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def verify_email(self, user: User, to: str, code: MailedCode) -> Mail:
        """Email to `to` for verifying that address: a code to type and a link to open."""
        return self._compose("verify_email", user, to=to, code=code)

    def password_reset(self, user: User, code: MailedCode) -> Mail:
        """Email with the link for choosing a new password."""
        return self._compose("password_reset", user, code=code)

    def password_changed(self, user: User, facts: Facts, taken: TakenBack = NOTHING) -> Mail:
        """Alert that the password was changed."""
        return self._compose("password_changed", user, facts=facts, taken=taken)

    def new_device(self, user: User, facts: Facts) -> Mail:
        """Alert of a sign-in from a device not seen before."""
        return self._compose("new_device", user, facts=facts)

    def guessing(self, user: User, facts: Facts) -> Mail:
        """Alert of many failed sign-ins to the account."""
        return self._compose("guessing", user, facts=facts)

    def factor_guessing(self, user: User, facts: Facts) -> Mail:
        """Alert of many wrong codes for the second factor after a correct first step."""
        return self._compose("factor_guessing", user, facts=facts)

    def sessions_ended(self, user: User, facts: Facts, taken: TakenBack = NOTHING) -> Mail:
        """Alert that other devices were signed out."""
        return self._compose("sessions_ended", user, facts=facts, taken=taken)

    def account_exists(self, user: User) -> Mail:
        """Email to an account's owner that a registration used this address again (private registration only)."""
        return self._compose("account_exists", user, link=self._links.sign_in)

    def refresh_reuse(self, user: User, facts: Facts) -> Mail:
        """Alert that a refresh token was used twice."""
        return self._compose("refresh_reuse", user, facts=facts)

    def email_change(self, user: User, new_email: str, facts: Facts) -> Mail:
        """Alert to the current address that a change of address was requested; the new one is not confirmed yet."""
        return self._compose("email_change", user, facts=facts, email=new_email)

    def email_changed(self, user: User, new_email: str, code: MailedCode | None, facts: Facts) -> Mail:
        """Alert to the old address that the new one was confirmed; the link (None: without one) takes the account
        back.
        """
        return self._compose("email_changed", user, facts=facts, email=new_email, code=code)

    def account_deleted(self, user: User, code: MailedCode, facts: Facts, taken: TakenBack = NOTHING) -> Mail:
        """Email that the account was deleted; until the grace period is over, the link restores it."""
        return self._compose("account_deleted", user, code=code, facts=facts, taken=taken)

    def sign_in(self, user: User, code: MailedCode, facts: Facts) -> Mail:
        """Email with the link that confirms a sign-in, and the code to type instead (empty digits: none)."""
        return self._compose("sign_in", user, code=code, facts=facts)

    def locked_down(
        self, user: User, code: MailedCode | None, facts: Facts, taken: TakenBack = NOTHING, *, to: str = ""
    ) -> Mail:
        """Alert that all devices were signed out after a "not me" or a lockdown. `code`: for the password reset link;
        None for an address that must not get it.
        """
        return self._compose("locked_down", user, to=to, code=code, facts=facts, taken=taken)

    def email_restored(
        self, user: User, to: str, code: MailedCode | None, facts: Facts, taken: TakenBack = NOTHING
    ) -> Mail:
        """Alert that an earlier address took the account back. `code`: for the password reset link; None for an address
        that must not get it.
        """
        return self._compose("email_restored", user, to=to, code=code, facts=facts, taken=taken)

    def password_removed(self, user: User, facts: Facts, taken: TakenBack = NOTHING) -> Mail:
        """Alert that the password was removed."""
        return self._compose("password_removed", user, facts=facts, taken=taken)

    def passkey_added(self, user: User, name: str, facts: Facts) -> Mail:
        """Alert that a passkey was added."""
        return self._compose("passkey_added", user, name=name, facts=facts)

    def api_key_created(self, user: User, name: str, facts: Facts) -> Mail:
        """Alert that an API key was created for the account."""
        return self._compose("api_key_created", user, name=name, facts=facts)

    def passkey_removed(self, user: User, name: str, facts: Facts) -> Mail:
        """Alert that a passkey was removed."""
        return self._compose("passkey_removed", user, name=name, facts=facts)

    def passkey_cloned(self, user: User, name: str, facts: Facts) -> Mail:
        """Alert that a passkey's sign count went back, so that it may have been cloned."""
        return self._compose("passkey_cloned", user, name=name, facts=facts)

    def totp_added(self, user: User, facts: Facts) -> Mail:
        """Alert that an authenticator app was added."""
        return self._compose("totp_added", user, facts=facts)

    def totp_removed(self, user: User, facts: Facts) -> Mail:
        """Alert that the authenticator app was removed."""
        return self._compose("totp_removed", user, facts=facts)

    def recovery_codes_made(self, user: User, facts: Facts) -> Mail:
        """Alert that new recovery codes were created."""
        return self._compose("recovery_codes_made", user, facts=facts)

    def recovery_code_used(self, user: User, left: int, facts: Facts) -> Mail:
        """Alert that a recovery code was used; `left` is how many remain."""
        return self._compose("recovery_code_used", user, left=left, facts=facts)

    def second_factor(self, user: User, facts: Facts, *, on: bool) -> Mail:
        """Alert that sign-ins need a second factor from now on (`on`), or no longer do."""
        return self._compose("second_factor_on" if on else "second_factor_off", user, facts=facts)

    def factors_reset(self, user: User, facts: Facts, taken: TakenBack = NOTHING) -> Mail:
        """Alert that what had been set up before was removed, because the address was confirmed by a browser that was
        not signed in.
        """
        return self._compose("factors_reset", user, facts=facts, taken=taken)

    def recovery_started(self, user: User, code: MailedCode, ready: Instant, facts: Facts) -> Mail:
        """Alert that a recovery can remove the second factor from `ready` on (microseconds since 1970 UTC); the link
        cancels it.
        """
        return self._compose("recovery_started", user, code=code, ready=ready, facts=facts)

    def recovery_cancelled(self, user: User, facts: Facts) -> Mail:
        """Alert that the removal of the second factor was cancelled."""
        return self._compose("recovery_cancelled", user, facts=facts)

    def recovery_completed(self, user: User, facts: Facts, taken: TakenBack = NOTHING) -> Mail:
        """Alert that a recovery removed the second factor after its wait."""
        return self._compose("recovery_completed", user, facts=facts, taken=taken)

    def _compose(
        self,
        template: str,
        user: User,
        *,
        to: str = "",
        link: str = "",
        code: MailedCode | None = None,
        facts: Facts | None = None,
        email: str = "",
        name: str = "",
        left: int = 0,
        ready: Instant = 0,
        taken: TakenBack = NOTHING,
    ) -> Mail:
        is_alert = template not in _ANSWERS
        if code:
            link = self._links.address(code.purpose, code.token)
        # A "not me" link is only in alerts to the account's own address, and only in those without a recovery link of
        # their own.
        alarmed = bool(facts and facts.not_me and not link and template not in _WITHOUT_ALARM)
        not_me = self._links.address(CodePurpose.NOT_ME, facts.not_me) if facts and alarmed else ""
        values = {"email": email, "name": name, "left": left, "ready": _moment(ready), **_lifetime(code)}
        view = self._view(template, user, values, facts, taken) | {"link": link, "not_me": not_me}
        text, html = self._render(view | {"code": code.digits if code else ""})
        is_linked = bool(link or not_me)
        return Mail(
            to=to or user.email,
            subject=view["t"](f"mail.{template}.subject"),
            text=text,
            html=html,
            template=template,
            alarm=Alarm(user.id, user.email_canonical, facts.not_me_hash) if facts and alarmed else None,
            copies_for=user.id if template in _FOR_EARLIER_ADDRESSES and not to else "",
            user_id=user.id,
            flow_id=code.flow_id if code else "",
            expires_at=code.expires_at if code and not is_alert else None,
            is_alert=is_alert,
            without_link=self._render(view | _DEAD) if is_alert and is_linked else (),
        )

    def _view(
        self, template: str, user: User, values: Mapping[str, object], facts: Facts | None, taken: TakenBack
    ) -> dict[str, Any]:
        """Return what the templates get, without the links. `values` fill the blanks of the sentences."""
        language = i18n.supported(user.locale)
        values = {"username": user.username, "product": self._product, **values}
        return {
            "language": language,
            "template": template,
            "facts": facts and _request_facts(facts),
            "taken": {name: text for name, things in taken.lists().items() if (text := _listed(language, things))},
            "security": self._links.security,
            "t": lambda key, **more: i18n.translate(language, key, **values, **more),
            "has": lambda key: key in i18n.catalogue(language),
        }

    def _render(self, view: Mapping[str, Any]) -> tuple[str, str]:
        """Return an email's text and HTML."""
        return (
            self._templates.get_template("mail.txt").render(view),
            self._templates.get_template("mail.html").render(view),
        )


def _lifetime(code: MailedCode | None) -> dict[str, int]:
    """Return how long a code works, in whole units; of less than one, one."""
    lifetime = code.lifetime if code else 0
    return {"minutes": max(1, lifetime // MINUTE), "days": max(1, lifetime // DAY)}


def _listed(language: str, things: Mapping[Thing, int]) -> str:
    names = ((f"mail.thing.{thing.name.lower()}", count) for thing, count in things.items() if thing not in _UNTOLD)
    return ", ".join(f"{i18n.translate(language, name)} ({count})" for name, count in names)


def _request_facts(facts: Facts) -> dict[str, str]:
    return {"time": _moment(facts.at), "device": facts.device, "address": facts.address}


def _moment(instant: Instant) -> str:
    return to_datetime(instant).strftime("%Y-%m-%d %H:%M")
