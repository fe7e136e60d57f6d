"""The proof of work that guesses, registrations and requests for mail need while somebody attacks."""

from contextlib import suppress
from typing import Any

from vestibule.domain.errors import ValidationFailed
from vestibule.http.call import Call
from vestibule.services.identifiers import canonical_identifier

HEADER = "proof-of-work"


async def check(call: Call[Any]) -> None:
    """Let it go on. Raises ProofOfWorkRequired."""
    sent = call.request.headers.getlist(HEADER)
    await call.services.proof_of_work.check(
        sent[0] if len(sent) == 1 else "", call.device,
        identifier=_identifier(call.body), attempt_id=call.request.path_params.get("attempt", ""),
    )  # fmt: skip


def _identifier(body: Any) -> str:
    """What the body says whose account it is about; nothing when it does not say, or not clearly (refused later)."""
    with suppress(ValidationFailed):
        account = body.account() if hasattr(body, "account") else ""
        return canonical_identifier(account) if account else ""
    return ""
