"""The proof of work that guesses, registrations and requests for mail need while somebody attacks."""

from typing import Any

from vestibule.http.call import Call

HEADER = "proof-of-work"


async def check(call: Call[Any]) -> None:
    """Let it go on. Raises ProofOfWorkRequired."""
    sent = call.request.headers.getlist(HEADER)
    await call.services.proof_of_work.check(sent[0] if len(sent) == 1 else "", call.device)
