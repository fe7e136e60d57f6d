"""Sends email through Resend's HTTP API."""

from http import HTTPStatus

from vestibule.domain.mail import Mail
from vestibule.domain.ports import MailRefused

# Resend's status codes for an email that it will never accept; other errors are temporary or the operator's to fix.
_NEVER = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}


class ResendMailSender:
    """Sends by POST {base_url}/emails with an Idempotency-Key (the outbox id), so that a retry is delivered once.

    `timeout` is in seconds.
    """

    def __init__(self, *, api_key: str, sender: str, base_url: str, timeout: float) -> None:
        self._sender = sender
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
        body = {"from": self._sender, "to": [mail.to], "subject": mail.subject, "text": mail.text, "html": mail.html}
        answer = await self._client.post("/emails", json=body, headers={"Idempotency-Key": idempotency_key})
        if answer.status_code in _NEVER:
            raise MailRefused(f"Resend answered {answer.status_code}")
        answer.raise_for_status()
