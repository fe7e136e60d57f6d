"""The secrets of refresh tokens, and their successors sealed for a client that lost the answer."""

from collections.abc import Sequence

from vestibule.crypto import tokens
from vestibule.crypto.entropy import new_id
from vestibule.crypto.sealing import CannotUnseal, Sealer
from vestibule.crypto.tokens import TokenHasher
from vestibule.domain.ports import Clock, Entropy


class RefreshSecrets:
    """Makes, hashes and seals the secrets of refresh tokens."""

    def __init__(self, clock: Clock, entropy: Entropy, hasher: TokenHasher, sealer: Sealer) -> None:
        self._hasher = hasher
        self._sealer = sealer
        # Stored beside each successor: the process whose clock set the time when its parent was used up.
        self._process = new_id("process", clock.now(), entropy)

    def new(self) -> tuple[str, str]:
        """Return a new secret and its hash."""
        secret = self._hasher.new(tokens.REFRESH)
        return secret, self._hasher.digest(tokens.REFRESH, secret)

    def hashes(self, secret: str) -> Sequence[str]:
        """Return the hashes under which this secret may be stored, the newest first; none for a text of another
        shape.
        """
        return self._hasher.hashes(tokens.REFRESH, secret)

    def seal(self, successor: str, parent_hash: str) -> str:
        """Return a successor sealed, to be stored in its parent's row."""
        return self._sealer.seal(f"{successor} {self._process}", row=parent_hash)

    def unseal(self, sealed: str, parent_hash: str) -> tuple[str, bool] | None:
        """Return the successor in its parent's row, and whether this process sealed it; None if it cannot be read."""
        try:
            successor, _, process = self._sealer.unseal(sealed, row=parent_hash).partition(" ")
        except CannotUnseal:
            return None
        return successor, process == self._process
