"""Controllers for signing in step by step."""

from vestibule.domain.pending import TokenDelivery
from vestibule.http.call import Answer, Call
from vestibule.http.login_answers import binding_of, progress
from vestibule.http.outcomes import granted
from vestibule.schemas.base import timestamp
from vestibule.schemas.login import LinkRequest, LinkView, LoginStart, StepRequest


async def start(call: Call[LoginStart]) -> Answer:
    """Start a sign-in attempt. The answer names the first steps, and does not reveal whether an account exists."""
    body = call.body
    delivery = TokenDelivery(body.token_delivery)
    outcome = await call.services.login.login.start(
        body.session_type, body.identifier, call.device, binding_of(call), delivery
    )
    return await progress(call, outcome)


async def step(call: Call[StepRequest]) -> Answer:
    """Take one step of a sign-in attempt. The answer has the next steps, or the session."""
    body = call.body
    attempt, method = call.request.path_params["attempt"], str(type(body).__struct_config__.tag)
    shown = binding_of(call, body.secret, remember=body.remember_device)
    return await progress(
        call, await call.services.login.login.submit(attempt, method, body.proof(), call.device, shown)
    )


async def link(call: Call[LinkRequest]) -> Answer:
    """Inspect an emailed sign-in link, or confirm it. A confirmed sign-in continues where it was begun."""
    mailed, body = call.services.login.mailed_sign_ins, call.body
    found = granted(await (mailed.confirm(body.token, call.device) if body.confirm else mailed.look(body.token)))
    here = call.services.login.login.attempts.holds(found.attempt, binding_of(call))
    view = LinkView(
        confirmed=body.confirm,
        device=found.origin.device,
        ip=found.origin.address,
        at=timestamp(found.origin.at),
        here=here,
        attempt=found.attempt.id,
    )
    return Answer(view)
