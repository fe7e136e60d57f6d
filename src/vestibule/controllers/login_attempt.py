"""Signing in step by step."""

from vestibule.domain.errors import Denied
from vestibule.http.call import Answer, Call
from vestibule.http.login_answers import bound, progress
from vestibule.schemas.base import timestamp
from vestibule.schemas.login import DOORS, LinkRequest, LinkView, LoginStart, StepRequest


async def start(call: Call[LoginStart]) -> Answer:
    """Begin to sign in. The answer names the steps that may come first, and tells nothing about any account."""
    body = call.body
    outcome = await call.services.login.start(
        DOORS[body.door], body.identifier, call.device, bound(call), delivery=body.token_delivery
    )
    return await progress(call, outcome)


async def step(call: Call[StepRequest]) -> Answer:
    """Take one step. The answer is the next steps, or the session."""
    body = call.body
    attempt, method = call.request.path_params["attempt"], str(type(body).__struct_config__.tag)
    shown = bound(call, body.secret, remember=body.remember_device)
    return await progress(call, await call.services.login.submit(attempt, method, body.proof(), call.device, shown))


async def link(call: Call[LinkRequest]) -> Answer:
    """Look at a mailed link, or confirm it: the sign-in goes on where it was begun."""
    mailed, body = call.services.mailed_sign_ins, call.body
    found = await (mailed.confirm(body.token, call.device) if body.confirm else mailed.look(body.token))
    if isinstance(found, Denied):
        raise found.reason
    here = call.services.login.attempts.holds(found.attempt, bound(call))
    view = LinkView(
        confirmed=body.confirm, device=found.device, ip=found.address, at=timestamp(found.at), here=here,
        attempt=found.attempt.id,
    )  # fmt: skip
    return Answer(view)
