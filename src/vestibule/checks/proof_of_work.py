"""The proof of work that password guesses, registrations and requests for emails need during an attack."""

from typing import Any

from vestibule.checks.rate_limit import LimitChoice, is_guess
from vestibule.domain.errors import ProofOfWorkRequired
from vestibule.http.call import Call
from vestibule.services.credentials.identifiers import canonical_identifier

HEADER = "proof-of-work"


async def check(call: Call[Any], choice: LimitChoice) -> None:
    """Require the proof of work, if this request is a guess and needs one now. `choice`: the row's limits.

    Raises ProofOfWorkRequired.
    """
    if not is_guess(call, choice):
        return
    sent = call.request.headers.getlist(HEADER)
    try:
        await call.services.abuse.proof_of_work.check(
            sent[0] if len(sent) == 1 else "",
            call.device,
            identifier=_identifier(call.body),
            attempt_id=call.request.path_params.get("attempt", ""),
        )
    except ProofOfWorkRequired as error:
        # Pages that cannot compute one show the user this sentence.
        error.detail = f"{error.detail} The pages at {call.config.public_url} do so by themselves."
        raise


def _identifier(body: Any) -> str:
    """The canonical identifier of the account that the body is about; empty when it names none or an invalid one."""
    account = body.account() if hasattr(body, "account") else ""
    return canonical_identifier(account) if account else ""
