"""The proof of work that password guesses, registrations and requests for emails need during an attack."""

from contextlib import suppress
from typing import Any

from vestibule.domain.errors import ValidationFailed
from vestibule.http.call import Call
from vestibule.services.credentials.identifiers import canonical_identifier

HEADER = "proof-of-work"


async def check(call: Call[Any]) -> None:
    """Require the proof of work, if this request needs one now. Raises ProofOfWorkRequired."""
    sent = call.request.headers.getlist(HEADER)
    await call.services.abuse.proof_of_work.check(
        sent[0] if len(sent) == 1 else "",
        call.device,
        identifier=_identifier(call.body),
        attempt_id=call.request.path_params.get("attempt", ""),
    )


def _identifier(body: Any) -> str:
    """The canonical identifier of the account that the body is about; empty when it names none or an invalid one."""
    with suppress(ValidationFailed):
        account = body.account() if hasattr(body, "account") else ""
        return canonical_identifier(account) if account else ""
    return ""
