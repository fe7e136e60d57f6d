"""The profile `auth-flow`."""

from vestibule.compatibility.profile import Profile, SeenRequest


def _recognises(seen: SeenRequest) -> bool:
    """Whether only its front end sends this: other paths, and no token because it looked for one elsewhere."""
    if seen.path in {"/api/auth/token/refresh", "/api/auth/test-email"}:
        return seen.status == 404
    return seen.path == "/api/auth/profile" and seen.status == 401 and not seen.has_authorization


PROFILE = Profile(name="auth-flow", title="Auth-Flow", recognises=_recognises)
