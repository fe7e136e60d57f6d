"""Cache of forward-auth requests and the rules they match: bounded, and keyed by the headers that a proxy sent."""

from collections.abc import Hashable

from vestibule.domain.access_rule import Requirement
from vestibule.services.access.forward_auth import ForwardedRequest, MatchedRequest

_MOST = 2_000


class DecisionCache:
    """Matched requests by key; the oldest entry is dropped first. Rules do not change while the process runs."""

    def __init__(self) -> None:
        self._matched: dict[Hashable, MatchedRequest] = {}

    def get(self, key: Hashable) -> MatchedRequest | None:
        """Return the matched request of this key, the same object every time; None when it is not cached."""
        return self._matched.get(key)

    def put(self, key: Hashable, request: ForwardedRequest, requirement: Requirement) -> None:
        """Cache which requirement applies to this request."""
        self._matched[key] = MatchedRequest(request, requirement)
        if len(self._matched) > _MOST:
            self._matched.pop(next(iter(self._matched)))
