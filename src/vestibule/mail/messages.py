"""Composes the emails. Links are built from configured addresses only, never from a request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vestibule import i18n
from vestibule.domain.instant import DAY, MINUTE, Instant, to_datetime
from vestibule.domain.mail import Alarm, Mail
from vestibule.domain.one_time_code import CodePurpose, MailedCode
from vestibule.domain.taking_back import TakenBack, Thing
from vestibule.domain.user import User
from vestibule.mail.links import Links

if TYPE_CHECKING:
    from jinja2 import Environment

# Emails that answer a request: worth nothing once their code or account is gone. All others are alerts of an event and
# are sent however late: otherwise an anonymous request that voids a link would keep an alert from its reader.
_ANSWERS = frozenset({"account_exists", "password_reset", "sign_in", "verify_email"})
# Without a code, and with the link to the page for signing in.
_LINKED_TO_SIGN_IN = frozenset({"account_exists"})
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
_UNLISTED = frozenset({Thing.RESET_LINKS, Thing.SIGN_IN_CODES, Thing.NOT_ME_LINKS, Thing.OLDER_UNDO_LINKS})
_NOTHING = TakenBack()
# An email without what opened something.
_DEAD = {"code": "", "link": "", "not_me": ""}


@cache
def templates() -> "Environment":
    """Return the one environment of the process: it compiles a template at its first use."""
    from jinja2 import (  # short commands write no email
        Environment,
        FileSystemLoader,
        StrictUndefined,
        select_autoescape,
    )

    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


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
    """Composes emails in the user's language, as text and as HTML."""

    def __init__(self, *, links: Links, product: str) -> None:
        self._links = links
        self._product = product

    def compose(
        self,
        template: str,
        user: User,
        facts: Facts | None,
        *,
        to: str = "",
        code: MailedCode | None = None,
        email: str = "",
        name: str = "",
        left: int = 0,
        ready: Instant = 0,
        taken: TakenBack = _NOTHING,
    ) -> Mail:
        """Return the email `template` to `user`, at the address `to` or else the user's own.

        `facts` describe the event; `code` is the new code in the email; `taken` lists what the event voided and kept.
        Sentences may show `email`, `name` (of a passkey or API key), codes `left`, `ready` (microseconds, 1970 UTC).
        """
        is_alert = template not in _ANSWERS
        link = self._links.sign_in if template in _LINKED_TO_SIGN_IN else ""
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
            "facts": facts and {"time": _moment(facts.at), "device": facts.device, "address": facts.address},
            "taken": {name: text for name, things in taken.lists().items() if (text := _listed(language, things))},
            "security": self._links.security,
            "t": lambda key, **more: i18n.translate(language, key, **values, **more),
            "has": lambda key: key in i18n.catalogue(language),
        }

    def _render(self, view: Mapping[str, Any]) -> tuple[str, str]:
        """Return an email's text and HTML."""
        return (
            templates().get_template("mail.txt").render(view),
            templates().get_template("mail.html").render(view),
        )


def _lifetime(code: MailedCode | None) -> dict[str, int]:
    """Return how long a code works, in whole units; of less than one, one."""
    lifetime = code.lifetime if code else 0
    return {"minutes": max(1, lifetime // MINUTE), "days": max(1, lifetime // DAY)}


def _listed(language: str, things: Mapping[Thing, int]) -> str:
    names = ((f"mail.thing.{thing.name.lower()}", count) for thing, count in things.items() if thing not in _UNLISTED)
    return ", ".join(f"{i18n.translate(language, name)} ({count})" for name, count in names)


def _moment(instant: Instant) -> str:
    return to_datetime(instant).strftime("%Y-%m-%d %H:%M")
