"""A secret at rest that has to be readable again."""

from dataclasses import dataclass
from enum import StrEnum


class SealedKind(StrEnum):
    """What is sealed; each kind has a key of its own."""

    SIGNING_KEY = "signing_key"
    TOTP_SEED = "totp_seed"
    MAIL = "mail"


@dataclass(frozen=True, slots=True, repr=False)
class SealedValue:
    """A sealed text and the row it is bound to."""

    kind: SealedKind
    row: str
    sealed: str

    def __repr__(self) -> str:
        return f"SealedValue({self.kind}, {self.row})"


@dataclass(frozen=True, slots=True)
class Resealed:
    """What a round over one kind came to; `lost` are the rows that no accepted secret opens."""

    kind: SealedKind
    current: int
    resealed: int
    lost: tuple[str, ...]
