"""What is made of the master secret: one key for each use."""

from dataclasses import dataclass

from vestibule.crypto.csrf import CsrfTokens
from vestibule.crypto.device_cookies import DeviceCookies
from vestibule.crypto.keyring import Keyring
from vestibule.crypto.proof_of_work import Puzzles
from vestibule.crypto.sealing import Sealer
from vestibule.crypto.session_stamps import SessionStamps
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.ports import Entropy
from vestibule.domain.sealed_value import SealedKind
from vestibule.settings import Settings


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Everything that signs, hashes or seals."""

    csrf: CsrfTokens
    hasher: TokenHasher
    devices: DeviceCookies
    puzzles: Puzzles
    stamps: SessionStamps
    seeds: Sealer
    mails: Sealer
    signing_keys: Sealer
    successors: Sealer

    @property
    def kept(self) -> dict[SealedKind, Sealer]:
        """The sealers of what has to outlive a rotation."""
        return {
            SealedKind.SIGNING_KEY: self.signing_keys,
            SealedKind.TOTP_SEED: self.seeds,
            SealedKind.MAIL: self.mails,
        }


def keys_of(settings: Settings, entropy: Entropy) -> Keys:
    """The labels are a frozen format."""
    ring = Keyring(settings.server.secret_key, settings.server.accepted_secrets)
    return Keys(
        csrf=CsrfTokens(ring.derive("csrf"), entropy),
        hasher=TokenHasher(ring.derive("token-hash"), entropy),
        devices=DeviceCookies(ring.derive("known-device"), entropy),
        puzzles=Puzzles(ring.derive("proof-of-work"), entropy),
        stamps=SessionStamps(ring.derive("forward-auth")),
        seeds=Sealer(ring.derive("seal-totp-seed"), entropy),
        mails=Sealer(ring.derive("seal-mail"), entropy),
        signing_keys=Sealer(ring.derive("seal-signing-key"), entropy),
        successors=Sealer(ring.derive("seal-refresh-successor"), entropy),
    )
