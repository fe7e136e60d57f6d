"""The profiles `express-guide` and `express-guide:list`, the edition whose `errors` is a list."""

from vestibule.compatibility.profile import Profile, SeenRequest

_PROBES = frozenset({"/api/test", "/api/restore-user", "/api/require-auth", "/api/set-token-cookie"})


def _recognises(seen: SeenRequest) -> bool:
    """Whether the request is one of the course's probes."""
    return seen.path in _PROBES and seen.status == 404


PROFILE = Profile(name="express-guide", title="the Express authentication guide", recognises=_recognises)
LIST_PROFILE = Profile(name="express-guide:list", title="the Express authentication guide (errors as a list)")
