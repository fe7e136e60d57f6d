"""One function per mail. Links are built from the configured address only, never from a request."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from vestibule import i18n
from vestibule.domain.instant import MINUTE, Duration, Instant, to_datetime
from vestibule.domain.mail import Mail
from vestibule.domain.user import User


@dataclass(frozen=True, slots=True)
class Facts:
    """What happened to an account, for its owner to judge."""

    at: Instant
    device: str
    address: str


class Messages:
    """Composes mails in the user's language, as text and as HTML."""

    def __init__(self, *, app_url: str, product: str) -> None:
        self._app_url = app_url.rstrip("/")
        self._product = product
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def verify_email(self, user: User, to: str, token: str, digits: str, lifetime: Duration) -> Mail:
        """A code to type and a link to open, for the same address."""
        link = f"{self._app_url}/auth/verify-email#token={token}"
        return self._compose("verify_email", user, to=to, link=link, code=digits, lifetime=lifetime)

    def password_reset(self, user: User, token: str, lifetime: Duration) -> Mail:
        """The link for choosing a new password; the token sits in the fragment, which no server sees."""
        link = f"{self._app_url}/auth/reset-password#token={token}"
        return self._compose("password_reset", user, link=link, lifetime=lifetime)

    def password_changed(self, user: User, facts: Facts) -> Mail:
        """The password is another one now."""
        return self._compose("password_changed", user, facts=facts)

    def new_device(self, user: User, facts: Facts) -> Mail:
        """A sign-in from a device not seen before."""
        return self._compose("new_device", user, facts=facts)

    def account_exists(self, user: User) -> Mail:
        """Somebody tried to register this address again (private registration only)."""
        return self._compose("account_exists", user, link=f"{self._app_url}/auth/sign-in")

    def refresh_reuse(self, user: User, facts: Facts) -> Mail:
        """A refresh token came back after it was used."""
        return self._compose("refresh_reuse", user, facts=facts)

    def email_change(self, user: User, new_email: str, facts: Facts) -> Mail:
        """To the old address, while the new one is not confirmed."""
        return self._compose("email_change", user, facts=facts, email=new_email)

    def email_changed(self, user: User, new_email: str, facts: Facts) -> Mail:
        """To the old address, once the new one is confirmed."""
        return self._compose("email_changed", user, facts=facts, email=new_email)

    def account_deleted(self, user: User, facts: Facts) -> Mail:
        """The account is gone."""
        return self._compose("account_deleted", user, facts=facts)

    def _compose(
        self, template: str, user: User, *, to: str = "", link: str = "", code: str = "",
        lifetime: Duration = 0, facts: Facts | None = None, email: str = "",
    ) -> Mail:  # fmt: skip
        language = i18n.supported(user.locale)
        values = {
            "username": user.username,
            "product": self._product,
            "email": email,
            "minutes": lifetime // MINUTE,
            "reset_url": f"{self._app_url}/auth/forgot-password",
        }
        view = {
            "language": language,
            "template": template,
            "link": link,
            "code": code,
            "facts": facts and _told(facts),
            "t": lambda key, **more: i18n.translate(language, key, **values, **more),
            "has": lambda key: key in i18n.catalogue(language),
        }
        return Mail(
            to=to or user.email,
            subject=i18n.translate(language, f"mail.{template}.subject", **values),
            text=self._templates.get_template("mail.txt").render(view),
            html=self._templates.get_template("mail.html").render(view),
            template=template,
        )


def _told(facts: Facts) -> dict[str, str]:
    moment = to_datetime(facts.at).strftime("%Y-%m-%d %H:%M")
    return {"time": moment, "device": facts.device, "address": facts.address}
