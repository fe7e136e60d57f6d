"""Sealed values: secrets that are encrypted at rest because they must be read again."""

from dataclasses import dataclass
from enum import StrEnum


class SealedKind(StrEnum):
    """The kinds of sealed secrets; each has a key of its own."""

    SIGNING_KEY = "signing_key"
    TOTP_SEED = "totp_seed"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, repr=False)
class SealedValue:
    """A sealed text with its kind and the key of the row that it is bound to."""

    kind: SealedKind
    row: str
    sealed: str

    def __repr__(self) -> str:
        return f"SealedValue({self.kind}, {self.row})"


@dataclass(frozen=True, slots=True)
class Resealed:
    """Result of resealing all values of one kind under the current secret.

    `current`: how many needed nothing. `resealed`: how many were sealed anew. `lost`: the rows that no accepted secret
    can open.
    """

    kind: SealedKind
    current: int
    resealed: int
    lost: tuple[str, ...]
