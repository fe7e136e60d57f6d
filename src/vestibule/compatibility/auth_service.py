"""The profile `auth-service`."""

from vestibule.compatibility.profile import Profile, SeenRequest


def _recognises(seen: SeenRequest) -> bool:
    """Whether the request is for a path of its API, which Vestibule does not have otherwise."""
    return seen.path.startswith("/api/v1/") and seen.status == 404


PROFILE = Profile(name="auth-service", title="Auth Service", recognises=_recognises)
