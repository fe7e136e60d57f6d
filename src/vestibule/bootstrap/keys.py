"""Derives one key for each use from the master secret."""

from dataclasses import dataclass

from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.device_cookies import SignedDeviceCookies
from vestibule.crypto.forward_auth_cookies import ForwardAuthCookies
from vestibule.crypto.keyring import Keyring
from vestibule.crypto.proof_of_work import Puzzles
from vestibule.crypto.sealing import Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.ports import Entropy
from vestibule.domain.sealed_value import SealedKind
from vestibule.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Everything that signs, hashes or seals, each with a key of its own."""

    csrf: CsrfTokens
    hasher: TokenHasher
    devices: SignedDeviceCookies
    puzzles: Puzzles
    forward_auth_cookies: ForwardAuthCookies
    seeds: Sealer
    mails: Sealer
    signing_keys: Sealer
    successors: Sealer

    @property
    def sealers(self) -> dict[SealedKind, Sealer]:
        """The sealers of stored values that outlive a rotation of the master secret, and so have to be sealed anew."""
        return {
            SealedKind.SIGNING_KEY: self.signing_keys,
            SealedKind.TOTP_SEED: self.seeds,
            SealedKind.MAIL: self.mails,
        }


def keys_of(settings: Settings, entropy: Entropy) -> Keys:
    """Derive all keys. The labels are a frozen format: another label is another key."""
    ring = Keyring(settings.server.secret_key, settings.server.accepted_secrets)
    return Keys(
        csrf=CsrfTokens(ring.derive("csrf"), entropy),
        hasher=TokenHasher(ring.derive("token-hash"), entropy),
        devices=SignedDeviceCookies(ring.derive("known-device"), entropy),
        puzzles=Puzzles(ring.derive("proof-of-work"), entropy),
        forward_auth_cookies=ForwardAuthCookies(ring.derive("forward-auth")),
        seeds=Sealer(ring.derive("seal-totp-seed"), entropy),
        mails=Sealer(ring.derive("seal-mail"), entropy),
        signing_keys=Sealer(ring.derive("seal-signing-key"), entropy),
        successors=Sealer(ring.derive("seal-refresh-successor"), entropy),
    )
