"""The modes in which Vestibule may run beside a reference system's clients, and how such a client asks it."""

import re
from typing import Any

from harness import Vestibule

OBJECT, LIST = "auth-flow,express-guide,auth-service", "auth-flow,express-guide:list,auth-service"
PROFILES = ("", "auth-flow", "express-guide", "express-guide:list", "auth-service", OBJECT, LIST)
# Two of the systems want the mailed link at their own page; the operator says which.
LINK = {"LINK_RESET_PASSWORD": "/auth/reset-password/{token}"}
FRONT_END = "http://localhost:5173"
PRODUCTION = {
    "ENV": "production",
    "PUBLIC_URL": "https://id.example.com",
    "CORS_ORIGINS": FRONT_END,
    "MAIL_TRANSPORT": "resend",
    "MAIL_FROM": "no-reply@example.com",
    "MAIL_SPREAD": "0s",
    "RESEND_API_KEY": "re_secret_of_ours",
}


def chosen(profiles: str) -> dict[str, str]:
    """The settings that turn these profiles on."""
    return ({"COMPATIBILITY": profiles} if profiles else {}) | (LINK if "," in profiles else {})


MODES = {
    f"{environment}, {profiles or 'no profile'}": settings | chosen(profiles)
    for environment, settings in {"development": {}, "production": PRODUCTION}.items()
    for profiles in PROFILES
    if environment == "development" or profiles in {"", OBJECT, LIST}
}


def has(settings: dict[str, str], profile: str) -> bool:
    """Whether this profile is on."""
    return profile in settings.get("COMPATIBILITY", "").split(",")


async def token_of(vestibule: Vestibule, mails: Any, subject: str) -> str:
    """The token of the link in the newest email of this subject, which is sent now."""
    await vestibule.services.records.outbox.send_due()
    text = next(mail["text"] for _, _, mail in reversed(mails.requests) if subject in mail["subject"])
    return re.search(r"vst_[a-z]{3}_\w+", text)[0]
