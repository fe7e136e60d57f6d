"""The revocation feed: a thread that learns when sessions end, and the lists of ended ones (Token Status List)."""

import base64
import json
import os
import threading
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import jwt

from vestibule_client.errors import AuthError, NotAuthenticated, Unavailable
from vestibule_client.issuer import Issuer, NeedsNetwork

_POLL_SECONDS = 2.0
_REFRESH = 60.0  # without a change, seconds after which a list is fetched again, before it expires
_TIMEOUT = httpx.Timeout(10.0, read=40.0)  # the stream sends something every 15 seconds
_MOST_BYTES = 1 << 20
# RuntimeError: another thread has closed the connection.
_LOST = (httpx.HTTPError, jwt.InvalidTokenError, ValueError, KeyError, AuthError, RuntimeError)


@dataclass(slots=True)
class _List:
    bits: bytes
    fetched: float
    expires: float
    generation: int


class Feed:
    """Follows the revocation feed for as long as the process lives; once a list is cached, no request waits for it."""

    def __init__(self, issuer: Issuer) -> None:
        self._issuer = issuer
        self._lists: dict[str, _List] = {}
        self._pid = 0
        self._lock = threading.Lock()
        self._closed = False
        self.generation = -1
        self.following = False

    def check(self, claims: Mapping[str, Any], *, wait: bool) -> None:
        """Raise NotAuthenticated when the session of these claims has ended, Unavailable when that is uncertain.

        Raises NeedsNetwork when a list has to be fetched and `wait` is false.
        """
        named = claims.get("status", {}).get("status_list")
        if named is None:
            return
        self.start()
        uri, place = str(named["uri"]), int(named["idx"])
        if self._list(uri, wait=wait).bits[place // 8] >> place % 8 & 1:
            raise NotAuthenticated("a token of a session that has ended", "a session that goes on", "Sign in again.")

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
        self._closed = True

    def stand_still(self) -> None:
        """Do not follow any server: only calls of `heard_of` change anything; for tests."""
        self._pid, self.following, self.generation = os.getpid(), True, 0

    def heard_of(self, generation: int) -> None:
        """Take in the feed's number. If it changed, sessions have ended: lists are fetched again, caches are void."""
        if generation == self.generation:
            return
        self.generation = generation
        self._refresh()

    def _list(self, uri: str, *, wait: bool) -> _List:
        known, now = self._lists.get(uri), self._issuer.now()
        if known is not None and now < known.expires and (self.following or now - known.fetched < _POLL_SECONDS):
            return known
        if not wait:
            raise NeedsNetwork
        try:
            return self._fetch(uri)
        except (httpx.HTTPError, jwt.InvalidTokenError, ValueError, AuthError) as error:
            if known is not None and now < known.expires:
                return known
            raise Unavailable(f"no status list ({error})", f"a list from {uri}") from error

    def _fetch(self, uri: str) -> _List:
        if not uri.startswith(f"{self._issuer.settings.issuer}/oauth/status-lists/"):
            raise ValueError("a list of another issuer")
        now, generation = self._issuer.now(), self.generation
        answer = self._issuer.http.get(uri, headers={"Cache-Control": "no-cache"})
        answer.raise_for_status()
        token = answer.text
        header = jwt.get_unverified_header(token)
        key = self._issuer.key(str(header.get("kid", "")), wait=True)
        if header.get("typ") != "statuslist+jwt":
            raise ValueError("no status list")
        claims = self._issuer.decoded(token, key)
        if claims["sub"] != uri or claims["status_list"]["bits"] != 1:
            raise ValueError("another list than the requested one")
        packed = claims["status_list"]["lst"]
        inflate = zlib.decompressobj()
        bits = inflate.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), _MOST_BYTES)
        made = _List(bits, now, now + claims["exp"] - claims["iat"], generation)
        self._lists[uri] = made
        return made

    def _run(self) -> None:
        while not self._closed:
            try:
                self._follow()
            except (
                httpx.HTTPError,
                jwt.InvalidTokenError,
                ValueError,
                KeyError,
                AuthError,
                RuntimeError,
            ):  # RuntimeError: the connection was closed
                self.following = False
                if not self._closed:
                    self._poll()

    def _follow(self) -> None:
        headers = {"Accept": "text/event-stream"}
        if self.generation >= 0:
            headers["Last-Event-ID"] = str(self.generation)
        address = self._issuer.endpoint("status_changes_endpoint")
        with self._issuer.http.stream("GET", address, headers=headers, timeout=_TIMEOUT) as stream:
            stream.raise_for_status()
            if not stream.headers.get("content-type", "").startswith("text/event-stream"):
                raise ValueError("no stream")
            for line in stream.iter_lines():
                self._heard(line)
        self.following = False

    def _heard(self, line: str) -> None:
        if line.startswith("data: "):
            self.heard_of(int(json.loads(line[6:])["generation"]))
        elif self._lists and min(found.fetched for found in self._lists.values()) < self._issuer.now() - _REFRESH:
            self._refresh()
        if line.startswith(("data: ", ":")):
            self.following = True

    def _poll(self) -> None:
        """Request the number of the feed, after a pause, where no stream gets through."""
        time.sleep(_POLL_SECONDS)
        with suppress(*_LOST):
            answer = self._issuer.http.get(self._issuer.endpoint("status_changes_endpoint"))
            answer.raise_for_status()
            self.heard_of(int(answer.json()["generation"]))

    def _refresh(self) -> None:
        for uri in list(self._lists):
            self._fetch(uri)
