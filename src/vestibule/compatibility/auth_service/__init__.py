"""The profile `auth-service`: the routes of Auth Service, `/api/v1/…` and `GET /api/`, in its envelope."""

from vestibule.compatibility.auth_service.envelope import REFUSALS
from vestibule.compatibility.auth_service.rows import rows
from vestibule.compatibility.profile import Profile, SeenRequest


def _recognises(seen: SeenRequest) -> bool:
    """Whether the request is for a path of its API, which Vestibule does not have otherwise."""
    return seen.path.startswith("/api/v1/") and seen.status == 404


PROFILE = Profile(
    name="auth-service",
    title="Auth Service",
    rows=rows,
    refusals=REFUSALS,
    weakenings=(
        "Reset links have their token in the query (?t=…), which servers log: see VESTIBULE_LINK_RESET_PASSWORD.",
    ),
    recognises=_recognises,
)
