"""Sends email through Resend's HTTP API."""

import json
import re
from http import HTTPStatus

from vestibule.adapters.outbound_http import OutboundHttp
from vestibule.domain.mail import Mail, Mailbox
from vestibule.domain.ports import MailRefused

# Resend's answers about an email that it will never accept. All other errors pass, or are the operator's to mend: the
# key (401, 403), a domain that is not verified (403), a wrong address of the API (404, 405), limits (429).
_NEVER = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS,
    }
)
_OF_THE_OPERATOR = frozenset({"invalid_from_address", "missing_api_key", "invalid_api_key", "restricted_api_key"})
_NAME = re.compile(r"[a-z_]{1,64}")


class MailNotAccepted(Exception):
    """Resend did not accept an email, and may accept it later."""


class ResendMailSender:
    """Sends by POST {base_url}/emails with an Idempotency-Key (the outbox id), so that a retry is delivered once."""

    def __init__(self, http: OutboundHttp, *, api_key: str, sender: Mailbox, base_url: str) -> None:
        self._http = http
        self._url = f"{base_url}/emails"
        self._sender = str(sender)
        self._headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}

    async def close(self) -> None:
        """Close open connections."""
        await self._http.close()

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Send an email.

        Raises MailRefused when Resend will never accept it, OutboundError or MailNotAccepted: try again later.
        """
        subject = " ".join(mail.subject.split())
        body = {"from": self._sender, "to": [mail.to], "subject": subject, "text": mail.text, "html": mail.html}
        headers = {**self._headers, "Idempotency-Key": idempotency_key}
        answer = await self._http.request("POST", self._url, headers=headers, content=json.dumps(body).encode())
        if answer.is_success:
            return
        name = _name(answer.body)
        problem = MailRefused if _is_final(answer.status, name) else MailNotAccepted
        raise problem(f"Resend answered {answer.status} {name}".rstrip())


def _is_final(status: int, name: str) -> bool:
    # The same key with another content: an earlier try was accepted, so that nothing is left to send.
    if status == HTTPStatus.CONFLICT:
        return name == "invalid_idempotent_request"
    return status in _NEVER and name not in _OF_THE_OPERATOR


def _name(content: bytes) -> str:
    """Return the name of an error document, such as validation_error; empty for anything else."""
    try:
        name = json.loads(content).get("name", "")
    except (ValueError, AttributeError):
        return ""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""
