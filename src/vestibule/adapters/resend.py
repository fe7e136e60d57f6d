"""Sends email through Resend's HTTP API."""

import json
import re
from http import HTTPStatus

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


class ResendMailSender:
    """Sends by POST {base_url}/emails with an Idempotency-Key (the outbox id), so that a retry is delivered once.

    `timeout` is in seconds, for each step of a request; the outbox limits the whole.
    """

    def __init__(self, *, api_key: str, sender: Mailbox, base_url: str, timeout: float) -> None:
        self._sender = str(sender)
        # Imported here, because it costs a quarter of a second and some megabytes, and Resend is optional.
        import httpx

        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=timeout, headers={"Authorization": f"Bearer {api_key}"}
        )

    async def close(self) -> None:
        """Close open connections."""
        await self._client.aclose()

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Send an email. Raises MailRefused when Resend will never accept it, or httpx.HTTPError: try again later."""
        subject = " ".join(mail.subject.split())
        body = {"from": self._sender, "to": [mail.to], "subject": subject, "text": mail.text, "html": mail.html}
        answer = await self._client.post("/emails", json=body, headers={"Idempotency-Key": idempotency_key})
        if _is_final(answer.status_code, name := _name(answer.content)):
            raise MailRefused(f"Resend answered {answer.status_code} {name}".rstrip())
        answer.raise_for_status()


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
