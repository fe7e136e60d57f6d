"""Controllers for the greeting and the health of the service."""

from vestibule.compatibility.auth_service.envelope import enveloped
from vestibule.compatibility.auth_service.schemas import AppHealth, DatabaseHealth, HealthView, Welcome
from vestibule.controllers import system
from vestibule.domain.instant import SECOND
from vestibule.http.call import Answer, Call
from vestibule.schemas.system import ReadinessView

_WORKS, _FAILS = "Service is healthy", "Service is not available"


async def welcome(_: Call[None]) -> Answer:
    """Get the version of the API."""
    return enveloped(Welcome(version="v1"), "Welcome to auth service backend")


async def health(call: Call[None]) -> Answer:
    """Report whether requests can be served. 503 when they cannot. Nothing is said about the machine."""
    uptime = call.services.operations.health.uptime
    began = uptime()
    ready = await system.ready(call)
    took = uptime() - began
    assert isinstance(ready.body, ReadinessView)
    state = "up" if ready.body.checks["database"] else "down"
    data = HealthView(
        app=AppHealth(status="up", uptime=began // SECOND),
        database=DatabaseHealth(status=state, latency=f"{took * 1000 // SECOND} ms"),
    )
    return enveloped(data, _WORKS if ready.status == 200 else _FAILS, ready.status, headers=ready.headers)
