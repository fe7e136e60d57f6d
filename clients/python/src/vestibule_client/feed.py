"""The revocation feed: a thread that learns when sessions end, and the lists of ended ones (Token Status List)."""

import json
import math
import os
import threading
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import httpx

from vestibule_client.errors import NotAuthenticated, Unavailable
from vestibule_client.issuer import Issuer
from vestibule_client.kept import FIX, Kept
from vestibule_client.status_list import StatusList, fetch_list, place_of
from vestibule_client.transport import json_object

_POLL_SECONDS = 2.0
_RECONNECT_SECONDS = 1.0
_REFRESH = 60.0  # without a change, seconds after which a list is fetched again, before it expires
_SILENCE = 25.0  # the stream sends something every 15 seconds
_CHANGES = "status_changes_endpoint"


class Feed:
    """Follows the revocation feed for as long as the process lives.

    Once it heard that sessions have ended, a list that was requested before counts no more. Otherwise no request waits
    for a list that is there.
    """

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._lists: dict[str, Kept[StatusList]] = {}
        self._pid = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self.generation = -1
        self.changed = 0
        self.following = False

    def check(self, claims: Mapping[str, Any], *, wait: bool) -> None:
        """Raise NotAuthenticated when the session of these claims has ended, Unavailable when that is uncertain.

        Raises NeedsNetwork when a list has to be fetched and `wait` is false.
        """
        if "status" not in claims:
            return  # a session from before there were lists
        uri, place = place_of(claims, self._issuer.settings.issuer)
        self.start()
        kept = self._list(uri)
        if (latest := kept.latest) is not None and latest.has_ended(place):
            raise _ended()  # what has ended stays ended, however old the list is
        preferred = math.inf if self.following else _POLL_SECONDS
        listed = kept.get(wait=wait, fresh=_REFRESH, preferred=preferred, after=self.changed)
        if listed.has_ended(place):
            raise _ended()
        if place not in listed:
            raise Unavailable(f"a list that ends before place {place}", f"a longer one from {uri}", FIX)

    def start(self) -> None:
        """Start following, once per process: a server may fork after loading this module."""
        if self._pid == os.getpid():
            return
        with self._lock:
            if self._pid != os.getpid():
                self._pid, self.following = os.getpid(), False
                threading.Thread(target=self._run, name="vestibule-feed", daemon=True).start()

    def close(self) -> None:
        """Stop following."""
        self._closed.set()

    def stand_still(self) -> None:
        """Do not follow any server: only calls of `heard_of` change anything; for tests."""
        self._pid, self.following, self.generation = os.getpid(), True, 0

    def heard_of(self, generation: int) -> None:
        """Take in the feed's number. If it changed, sessions have ended: all that was fetched before is void."""
        if generation == self.generation:
            return
        self.changed = self._issuer.means.tick()
        self.generation = generation
        for kept in list(self._lists.values()):
            kept.refresh(self.changed)

    def _list(self, uri: str) -> Kept[StatusList]:
        if uri not in self._lists:
            made = Kept(
                f"a list of ended sessions from {uri}", partial(fetch_list, self._issuer, uri), self._issuer.means
            )
            return self._lists.setdefault(uri, made)
        return self._lists[uri]

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                self._follow()
                pause = _RECONNECT_SECONDS
            except Exception:  # noqa: BLE001 - whatever comes through the stream, this thread goes on: see _poll
                pause = _POLL_SECONDS
            self.following = False
            if not self._closed.wait(pause) and pause == _POLL_SECONDS:
                with suppress(Exception):  # lists say why, to the requests that need them
                    self._poll()

    def _follow(self) -> None:
        # Without Last-Event-ID: the stream then begins with the present number, and there is no cursor that could be
        # ahead of the work.
        timeout = httpx.Timeout(self._issuer.means.limit, read=_SILENCE)
        headers = {"Accept": "text/event-stream"}
        address = self._issuer.endpoint(_CHANGES)
        with self._issuer.http.stream("GET", address, headers=headers, timeout=timeout) as stream:
            stream.raise_for_status()
            if not stream.headers.get("content-type", "").startswith("text/event-stream"):
                raise ValueError("no stream")
            for line in stream.iter_lines():
                self._heard(line)

    def _heard(self, line: str) -> None:
        if line.startswith("data: "):
            self.heard_of(_number(json.loads(line[6:])))
        elif line.startswith(":"):
            for kept in list(self._lists.values()):
                if kept.is_older_than(_REFRESH):
                    kept.refresh(self.changed)
        if line.startswith(("data: ", ":")):
            self.following = True

    def _poll(self) -> None:
        """Request the number of the feed where no stream gets through."""
        address = self._issuer.endpoint(_CHANGES)
        self.heard_of(_number(json_object(self._issuer.transport.get(address), address)))


def _number(answer: dict[str, Any]) -> int:
    generation = answer["generation"]
    if type(generation) is not int:
        raise ValueError("no number")
    return generation


def _ended() -> NotAuthenticated:
    return NotAuthenticated("a token of a session that has ended", "a session that goes on", "Sign in again.")
