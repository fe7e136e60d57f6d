"""Mail through Resend's HTTP API."""

from http import HTTPStatus

from vestibule.domain.mail import Mail
from vestibule.domain.ports import MailRefused

# What Resend answers to a mail that it will never take; other refusals pass when the operator or time mends them.
_NEVER = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}


class ResendMailSender:
    """POST {base_url}/emails, with the outbox id as Idempotency-Key so that a retry sends once."""

    def __init__(self, *, api_key: str, sender: str, base_url: str, timeout: float) -> None:
        self._sender = sender
        # A quarter of a second and some megabytes that only its users pay for.
        import httpx

        self._client = httpx.AsyncClient(
            base_url=base_url, timeout=timeout, headers={"Authorization": f"Bearer {api_key}"}
        )

    async def close(self) -> None:
        """Let go of held connections."""
        await self._client.aclose()

    async def send(self, mail: Mail, *, idempotency_key: str) -> None:
        """Raises MailRefused, or httpx.HTTPError for "later"."""
        body = {"from": self._sender, "to": [mail.to], "subject": mail.subject, "text": mail.text, "html": mail.html}
        answer = await self._client.post("/emails", json=body, headers={"Idempotency-Key": idempotency_key})
        if answer.status_code in _NEVER:
            raise MailRefused(f"Resend answered {answer.status_code}")
        answer.raise_for_status()
