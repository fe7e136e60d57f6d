"""Passkeys: created, used and named (W3C Web Authentication Level 3)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from vestibule.crypto import webauthn
from vestibule.crypto.entropy import new_id
from vestibule.crypto.webauthn import Assertion, CeremonyRefused, NewPasskey, RelyingParty
from vestibule.domain.audit import Action
from vestibule.domain.credential import Credential, CredentialKind
from vestibule.domain.device import Device
from vestibule.domain.errors import Denied, PasskeyRefused, UnknownPasskey
from vestibule.domain.login import Evidence, Factor, Method
from vestibule.domain.ports import Clock, Entropy
from vestibule.domain.user import User
from vestibule.repositories.unit_of_work import Database
from vestibule.services.records.audit import AuditLog
from vestibule.services.records.notifications import Notifications

NAME_LIMIT = 64
VERIFIED = frozenset({Factor.POSSESSION, Factor.USER_VERIFICATION})
_UNKNOWN = "00000000-0000-0000-0000-000000000000"


@dataclass(eq=False, repr=False)
class Passkeys:
    """Creates and checks passkeys; shared by sign-in, step-up, registration and the account page."""

    _database: Database
    _clock: Clock
    _entropy: Entropy
    party: RelyingParty
    _audit: AuditLog
    _notifications: Notifications

    def new_challenge(self) -> str:
        """Return a random challenge for one ceremony."""
        return webauthn.new_challenge(self._entropy)

    async def creation(
        self, challenge: str, user_id: str, username: str, display: str, *, must_verify: bool = False
    ) -> dict[str, Any]:
        """Return the browser's options for creating a passkey; those that the user has already are excluded.
        `must_verify`: the authenticator has to verify its user.
        """
        known = await self._ids(user_id)
        return webauthn.creation_options(
            self.party, challenge, user_id, username, display, known, must_verify=must_verify
        )

    async def request(self, challenge: str, user: User | None) -> dict[str, Any]:
        """Return the browser's options for using a passkey: one of this user's or, with `user` None, any passkey, whose
        authenticator then has to verify its user.
        """
        allowed = await self._ids(user.id) if user else []
        return webauthn.request_options(self.party, challenge, allowed, must_verify=user is None)

    def made(
        self, challenge: str, answer: Mapping[str, Any], *, must_verify: bool = False, silent: bool = False
    ) -> NewPasskey | Denied:
        """Check and return the passkey that a browser created for this challenge. Denied (PasskeyRefused) when it was
        created for another one. `must_verify`: the authenticator must have verified its user, as a passkey that signs
        in alone needs. `silent`: it was created along with a password sign-in, without any user interaction.
        """
        try:
            return webauthn.check_creation(self.party, challenge, answer, must_verify=must_verify, silent=silent)
        except CeremonyRefused as error:
            return Denied(PasskeyRefused(private=str(error)))

    def evidence(self, shown: NewPasskey | Assertion) -> Evidence:
        """Return what creating or using this passkey proves: possession and, when it verified its user, a second factor
        (AMR: RFC 8176).
        """
        factors = VERIFIED if shown.user_verified else frozenset({Factor.POSSESSION})
        return Evidence(Method.PASSKEY, factors, "swk" if shown.synced else "hwk", self._clock.now())

    def credential(self, user_id: str, made: NewPasskey, name: str) -> Credential:
        """Return the row of a new passkey. Without a name it gets the name of its authenticator."""
        now = self._clock.now()
        return Credential(
            id=new_id("passkey", now, self._entropy),
            user_id=user_id,
            kind=CredentialKind.PASSKEY,
            lookup=made.credential_id,
            secret=made.public_key,
            counter=made.sign_count,
            name=name.strip()[:NAME_LIMIT] or authenticator_name(made.aaguid) or "Passkey",
            detail=json.dumps({"aaguid": made.aaguid, "synced": made.synced, "verifies": made.user_verified}),
            created_at=now,
            confirmed_at=now,
            last_used_at=None,
            used_at=None,
        )

    async def used(
        self, challenge: str, answer: Mapping[str, Any], user: User | None, device: Device
    ) -> tuple[User, Assertion] | Denied:
        """Return the owner of the passkey that answered the challenge, and the verified answer. With `user` None the
        passkey must have verified its user.

        Denied: UnknownPasskey for one that is not registered; PasskeyRefused for another user's passkey, an invalid
        answer, an inactive account, or a sign count that went back.
        """
        found = await self._find(answer)
        if isinstance(found, Denied):
            return found
        credential, owner = found
        if user is not None and owner.id != user.id:
            return Denied(PasskeyRefused(private="another user's passkey"))
        try:
            assertion = webauthn.check_assertion(
                self.party, challenge, answer, credential.secret, must_verify=user is None
            )
            handle = webauthn.user_handle(answer)
        except CeremonyRefused as error:
            return Denied(PasskeyRefused(private=str(error)))
        if handle not in (None, owner.id) or not owner.is_active:
            return Denied(PasskeyRefused(private="user handle, or the account is gone"))
        async with self._database.writing() as work:
            counted = await work.credentials.advance(credential.id, assertion.sign_count, self._clock.now())
        if not counted:
            return await self._cloned(owner, credential, device)
        return owner, assertion

    async def _find(self, answer: Mapping[str, Any]) -> tuple[Credential, User] | Denied:
        try:
            lookup = webauthn.credential_id(answer)
        except CeremonyRefused as error:
            return Denied(PasskeyRefused(private=str(error)))
        async with self._database.reading() as work:
            credential = await work.credentials.find_by_lookup(CredentialKind.PASSKEY, lookup)
            owner = await work.users.find(credential.user_id) if credential else None
        if credential is None or owner is None:
            return Denied(UnknownPasskey())
        return credential, owner

    async def _cloned(self, owner: User, credential: Credential, device: Device) -> Denied:
        """Alert the owner and refuse: the sign count went back, so two devices have this key, or one answer came twice
        (Web Authentication section 6.1.1).
        """
        async with self._database.writing() as work:
            await self._notifications.passkey_cloned(work, owner, device, credential.name)
            await self._audit.record(work, Action.PASSKEY_CLONED, device, subject=owner.id, passkey=credential.id)
        return Denied(PasskeyRefused(private="sign count went back"))

    async def _ids(self, user_id: str) -> list[str]:
        async with self._database.reading() as work:
            return [found.lookup for found in await work.credentials.list(user_id, CredentialKind.PASSKEY)]


def stands_alone(passkey: Credential) -> bool:
    """Return whether this passkey can sign in by itself: it verified its user when it was created."""
    return bool(json.loads(passkey.detail).get("verifies"))


def authenticator_name(aaguid: str) -> str:
    """Return the common name of the authenticator with this AAGUID; empty when it is unknown."""
    return "" if aaguid == _UNKNOWN else _names().get(aaguid, "")


@cache
def _names() -> dict[str, str]:
    path = Path(__file__).parent / "data" / "authenticators.json"
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found
