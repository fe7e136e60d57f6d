"""Says in a development server's log which compatibility profile a front end seems to need."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from vestibule.compatibility.profile import Profile, SeenRequest
from vestibule.observability.logs import get_logger

_log = get_logger("compatibility")


class Hints:
    """Watches requests and names each profile once, unless an edition of its system is on already."""

    def __init__(self, profiles: Iterable[Profile], active: Collection[str]) -> None:
        systems = {name.partition(":")[0] for name in active}
        self._left = [profile for profile in profiles if profile.name.partition(":")[0] not in systems]

    def note(self, scope: Mapping[str, Any], status: int) -> None:
        """Look at a request and the status of its response."""
        if not self._left:
            return
        known = any(name == b"authorization" for name, _ in scope["headers"])
        seen = SeenRequest(scope["method"], scope["path"], status, known)
        for profile in [profile for profile in self._left if profile.recognises(seen)]:
            self._left.remove(profile)
            _log.warning(
                "profile_needed",
                request=f"{seen.method} {seen.path[:200]}",
                status=status,
                fix=f"If this is the front end of {profile.title}, start with --compatibility {profile.name} "
                f"(VESTIBULE_COMPATIBILITY={profile.name}): docs/compatibility.md.",
            )
