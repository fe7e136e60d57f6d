"""Signing keys: created, published, used and retired, without downtime."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from vestibule.crypto import jose
from vestibule.crypto.entropy import new_id
from vestibule.crypto.jose import Algorithm, KeyPair, Signer, Verifier
from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.domain.audit import Action
from vestibule.domain.device import Device
from vestibule.domain.errors import Unavailable
from vestibule.domain.instant import MINUTE, SECOND, Duration, Instant
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.signing_key import SigningKey
from vestibule.repositories.unit_of_work import Database, UnitOfWork
from vestibule.services.records.audit import AuditLog

# How long a worker trusts what it read. A new key signs only after every worker and every well-behaved verifier
# (JWKS_MAX_AGE) has had time to see it published.
_REFRESH: Duration = 30 * SECOND
_UNKNOWN_KID_PAUSE: Duration = 5 * SECOND
JWKS_MAX_AGE_SECONDS = 300
ACTIVATION_DELAY: Duration = 10 * MINUTE
_TRIES = 100
_PAUSE_SECONDS = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPolicy:
    """The algorithm of new keys, how old a key may grow, and how long the tokens that it signs live (microseconds)."""

    algorithm: Algorithm
    rotate_after: Duration
    token_lifetime: Duration


class SigningKeys:
    """Keeps the keys of this process fresh; the database has them for all workers."""

    def __init__(
        self, database: Database, clock: Clock, entropy: Entropy, sealer: Sealer, policy: KeyPolicy, audit: AuditLog
    ) -> None:
        self._database = database
        self._clock = clock
        self._entropy = entropy
        self._sealer = sealer
        self._policy = policy
        self._audit = audit
        self._keys: Sequence[SigningKey] = ()
        self._verifiers: dict[str, Verifier] = {}
        self._signer: Signer | None = None
        self._read_at: Instant = 0

    async def signer(self) -> Signer:
        """Return the signer of the newest active key; the first key is created if there is none. Raises Unavailable
        when another worker creates it and does not finish, or when the master secret does not open the key.

        When the clock was set back to before every key's activation, the oldest key signs: it is published, which is
        what counts.
        """
        await self._load(max_age=_REFRESH)
        for _ in range(_TRIES):
            if self._keys:
                break
            await self._first_key()
        else:
            raise Unavailable(private="another worker makes the first signing key, and does not end")
        newest = self._newest()
        if self._signer is None or self._signer.kid != newest.kid:
            self._signer = self._opened(newest)
        return self._signer

    async def can_sign(self) -> bool:
        """Return whether the master secret opens the key that signs now; True while there is no key."""
        await self._load(max_age=_REFRESH)
        if not self._keys:
            return True
        try:
            await self.signer()
        except Unavailable:
            return False
        return True

    def cached_signer(self) -> Signer | None:
        """Return the signer without I/O; None when something has to be read for it."""
        known = self._signer if self._is_fresh(_REFRESH) else None
        return known if known is not None and known.kid == self._newest().kid else None

    async def verifier(self, kid: str) -> Verifier | None:
        """Return the verifier of a published key, or None. This is a dictionary lookup; for an unknown key the database
        is queried at most every 5 seconds.
        """
        await self._load(max_age=_REFRESH)
        if kid not in self._verifiers:
            await self._load(max_age=_UNKNOWN_KID_PAUSE)
        return self._verifiers.get(kid)

    async def jwks(self) -> dict[str, list[dict[str, Any]]]:
        """Return the public keys (RFC 7517 section 5)."""
        await self._load(max_age=_REFRESH)
        return {"keys": [json.loads(key.public_jwk) for key in self._keys]}

    async def list(self) -> Sequence[SigningKey]:
        """Return all published keys, oldest first."""
        async with self._database.reading() as work:
            return await work.signing_keys.published(self._clock.now())

    async def rotate(self) -> SigningKey:
        """Publish a new key now. It signs after the activation delay (the first key at once); from then on the older
        ones only verify, until their last token has expired.
        """
        now = self._clock.now()
        async with self._database.writing() as work:
            first = not await work.signing_keys.published(now)
            activates = now if first else now + ACTIVATION_DELAY
            key = await self._add(work, activates)
            await work.signing_keys.retire_others(key.kid, activates + self._policy.token_lifetime + MINUTE)
            await self._audit.record(work, Action.KEY_ROTATED, Device(), subject=None, kid=key.kid)
        self._read_at = 0
        return key

    async def rotate_if_due(self) -> bool:
        """Rotate when the newest key is older than the policy allows. For the job that has the lease. Returns whether
        it rotated.
        """
        keys = await self.list()
        if keys and self._clock.now() - keys[-1].created_at < self._policy.rotate_after:
            return False
        await self.rotate()
        return True

    async def _first_key(self) -> None:
        now = self._clock.now()
        async with self._database.writing() as work:
            # Ten workers may start at once: the lease lets one of them make the key, the others read it.
            if await work.leases.acquire("first-key", "first", now, now + 5 * SECOND) and not (
                await work.signing_keys.published(now)
            ):
                await self._add(work, now)
        await self._load(max_age=0)
        if not self._keys:
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _add(self, work: UnitOfWork, activates_at: Instant) -> SigningKey:
        now = self._clock.now()
        pair = jose.generate(new_id("key", now, self._entropy), self._policy.algorithm)
        sealed = self._sealer.seal(pair.private, row=pair.kid)
        key = SigningKey(pair.kid, pair.alg, pair.public, sealed, now, activates_at, None)
        await work.signing_keys.add(key)
        return key

    def _opened(self, key: SigningKey) -> Signer:
        try:
            private = self._sealer.unseal(key.private_sealed, row=key.kid)
        except CannotUnseal as error:
            raise Unavailable(private=f"the master secret does not open the signing key {key.kid}") from error
        return Signer(KeyPair(key.kid, cast("Algorithm", key.alg), key.public_jwk, private))

    def _newest(self) -> SigningKey:
        now = self._clock.now()
        return ([key for key in self._keys if key.activates_at <= now] or self._keys[:1])[-1]

    def _is_fresh(self, max_age: Duration) -> bool:
        return bool(self._keys) and self._clock.now() - self._read_at < max_age

    async def _load(self, *, max_age: Duration) -> None:
        now = self._clock.now()
        if self._is_fresh(max_age):
            return
        async with self._database.reading() as work:
            self._keys = await work.signing_keys.published(now)
        self._verifiers = {
            key.kid: self._verifiers.get(key.kid) or Verifier(cast("Algorithm", key.alg), key.public_jwk)
            for key in self._keys
        }
        self._read_at = now
