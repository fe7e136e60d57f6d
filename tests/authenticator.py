"""A passkey authenticator in software: honest by default, and able to lie in every way that an attacker can."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, BE, BS, AT = 0x01, 0x04, 0x08, 0x10, 0x40


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Key:
    private: Any
    user_handle: bytes
    count: int = 0


@dataclass
class Authenticator:
    """One device. `counts` is what hardware does; synced passkeys always say 0."""

    origin: str = "http://localhost:8000"
    rp_id: str = "localhost"
    verifies: bool = True
    present: bool = True
    synced: bool = False
    counts: bool = False
    aaguid: bytes = bytes(16)
    lying_flags: int = 0
    same_id: bytes = b""  # what every passkey claims to be called; empty: each has an id of its own
    client_data: dict[str, Any] = field(default_factory=dict)  # what the browser says otherwise; None: left out
    keys: dict[str, Key] = field(default_factory=dict)

    def create(self, options: dict[str, Any], *, origin: str = "", challenge: str = "") -> dict[str, Any]:
        private = ec.generate_private_key(ec.SECP256R1())
        raw_id = self.same_id or secrets.token_bytes(32)
        self.keys[b64(raw_id)] = Key(private, unb64(options["user"]["id"]))
        numbers = private.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = self.aaguid + len(raw_id).to_bytes(2, "big") + raw_id + cbor2.dumps(cose)
        data = self._data(options["rp"]["id"], 0, AT) + attested
        client = self._client("webauthn.create", challenge or options["challenge"], origin)
        return self._answer(
            raw_id,
            {
                "clientDataJSON": b64(client),
                "attestationObject": b64(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
                "transports": ["internal"],
            },
        )

    def get(
        self, options: dict[str, Any], credential: str = "", *, origin: str = "", rp_id: str = "",
        challenge: str = "", kind: str = "webauthn.get", handle: bytes | None = None, count: int | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        allowed = [found["id"] for found in options.get("allowCredentials", [])]
        chosen = credential or next(known for known in self.keys if not allowed or known in allowed)
        key = self.keys[chosen]
        key.count += 1
        told = count if count is not None else (key.count if self.counts else 0)
        data = self._data(rp_id or options["rpId"], told, 0)
        client = self._client(kind, challenge or options["challenge"], origin)
        signature = key.private.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            unb64(chosen),
            {
                "clientDataJSON": b64(client),
                "authenticatorData": b64(data),
                "signature": b64(signature),
                "userHandle": b64(key.user_handle if handle is None else handle),
            },
        )

    def _data(self, rp_id: str, count: int, more: int) -> bytes:
        flags = more | (UP if self.present else 0) | (UV if self.verifies else 0)
        flags |= (BE | BS) if self.synced else 0
        flags |= self.lying_flags
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + count.to_bytes(4, "big")

    def _client(self, kind: str, challenge: str, origin: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": origin or self.origin, "crossOrigin": False}
        told |= self.client_data
        return json.dumps({name: value for name, value in told.items() if value is not None}).encode()

    def _answer(self, raw_id: bytes, response: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": b64(raw_id),
            "rawId": b64(raw_id),
            "type": "public-key",
            "response": response,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }
