"""What a login attempt keeps between its steps: one struct for each purpose, stored as JSON in the attempt's row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self, TypeVar

import msgspec

from vestibule.domain.instant import Instant

Item = TypeVar("Item", bound="PendingItem")


class PendingItem(msgspec.Struct, frozen=True, tag=True):
    """Base of all pending items. A new purpose is one class: a subclass of `SingleUse` or of `Context`, next to the
    rules of its subject. Its name is its tag, and its fields are stored as JSON and checked when they are read.

    An item may hold a challenge or a seed, so none shows its values in a log or a traceback.
    """

    def to_texts(self) -> dict[str, str]:
        """Return the members of the row that hold this item. Every value is a text: code of an older release, which
        serves beside this one during an upgrade, keeps members that it does not know as they are.
        """
        return {_tag(type(self)): msgspec.json.encode(self).decode()}

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Self:
        """Return the item that these members of a row hold. Raises KeyError without one, ValueError for one that has
        another form.
        """
        return msgspec.json.decode(texts[_tag(cls)], type=cls)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class SingleUse(PendingItem, frozen=True):
    """Base of what an answer is checked against: `LoginAttempt.take` is the only way to it, and removes it."""


class Context(PendingItem, frozen=True):
    """Base of what stays with the attempt until its end, such as where it was started."""


@dataclass(frozen=True, slots=True, repr=False)
class PendingItems:
    """The pending items of one attempt, at most one of each class, as the texts of its row: what this code does not
    know is stored again unchanged.
    """

    texts: Mapping[str, str] = field(default_factory=dict)

    def find(self, kind: type[Item]) -> Item | None:
        """Return the item of this class; None when there is none, or when another release wrote it in a form that this
        code cannot read: it has expired then.
        """
        try:
            return kind.of_texts(self.texts)
        except (KeyError, ValueError):
            return None

    def plus(self, item: PendingItem) -> "PendingItems":
        """Return a copy with this item, in place of an earlier one of its class."""
        return PendingItems({**self.texts, **item.to_texts()})

    def minus(self, item: PendingItem) -> "PendingItems":
        """Return a copy without this item."""
        used = item.to_texts().keys()
        return PendingItems({name: text for name, text in self.texts.items() if name not in used})

    def __repr__(self) -> str:
        return f"PendingItems({', '.join(sorted(self.texts))})"


class _Challenge(SingleUse, frozen=True):
    """A challenge (base64url), stored as it is: releases before typed items read and wrote it so."""

    challenge: str

    def to_texts(self) -> dict[str, str]:
        return {_tag(type(self)): self.challenge}

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Self:
        return cls(texts[_tag(cls)])


class PasskeyChallenge(_Challenge, frozen=True, tag="passkey"):
    """The challenge of a passkey that is to be used or, in a ceremony of the account page, created."""


class EnrolmentChallenge(_Challenge, frozen=True, tag="enrolment"):
    """The challenge of a passkey that is created during sign-in."""


class TotpSeed(SingleUse, frozen=True, tag="totp"):
    """The seed of an authenticator app before its first code: `sealed` for storage in the row `id`. Stored as older
    releases do; neither part has a blank.
    """

    id: str
    sealed: str

    def to_texts(self) -> dict[str, str]:
        """Return the member `totp`: id and sealed seed, with a blank between them."""
        return {"totp": f"{self.id} {self.sealed}"}

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Self:
        """Return the seed in the member `totp`."""
        seed_id, sealed = texts["totp"].split(" ")
        return cls(seed_id, sealed)


class TokenDelivery(StrEnum):
    """How a client wants its refresh token: in the answer's body, or as a cookie."""

    BODY = "body"
    COOKIE = "cookie"


class Delivery(Context, frozen=True, tag="delivery"):
    """How the answer to the attempt's last step delivers the refresh token. Stored as older releases do."""

    refresh_token: TokenDelivery = TokenDelivery.BODY

    def to_texts(self) -> dict[str, str]:
        """Return the member `delivery`: the choice as a text."""
        return {"delivery": self.refresh_token.value}

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Self:
        """Return the choice in the member `delivery`."""
        return cls(TokenDelivery(texts["delivery"]))


class RequestOrigin(Context, frozen=True, tag="from"):
    """Where an attempt was started: time (microseconds since 1970 UTC), address ("-" without one), and device label.
    Stored as older releases do; the address has no blank.
    """

    at: Instant
    address: str
    device: str

    def to_texts(self) -> dict[str, str]:
        """Return the member `from`: time, address and device label, with blanks between them."""
        return {"from": f"{self.at} {self.address} {self.device}"}

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Self:
        """Return the origin in the member `from`."""
        at, address, device = texts["from"].split(" ", 2)
        return cls(int(at), address, device)


def _tag(kind: type[PendingItem]) -> str:
    return str(kind.__struct_config__.tag)
