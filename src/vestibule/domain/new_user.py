"""The values of a registration request, also while it waits for the passkey of its user."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import msgspec

from vestibule.domain.pending import SingleUse


@dataclass(frozen=True, slots=True, repr=False)
class NewUser:
    """The values of a registration request. Without a password, a passkey comes instead. `names`: those of a person, by
    the fields of `User` (`NAMES`); they are optional. `profile`: values of declared profile fields, by their names.
    """

    username: str
    email: str
    password: str | None
    locale: str | None = None
    names: Mapping[str, str | None] = field(default_factory=dict)
    profile: Mapping[str, object] = field(default_factory=dict)

    def __repr__(self) -> str:
        return "NewUser(…)"


class WaitingRegistration(SingleUse, frozen=True):
    """A registration that waits for the passkey of its user, who does not exist yet: the id that the user will have,
    the passkey's challenge, and the values of the request, which has no password.
    """

    user_id: str
    challenge: str
    new: NewUser

    def to_texts(self) -> dict[str, str]:
        """Return four members, as older releases read and write them. `wanted` is a list of four: code before revision
        0013 refuses others.
        """
        new = self.new
        return {
            "challenge": self.challenge,
            "wanted": json.dumps([self.user_id, new.username, new.email, new.locale]),
            "names": json.dumps(dict(new.names)),
            "profile": json.dumps(dict(new.profile)),
        }

    @classmethod
    def of_texts(cls, texts: Mapping[str, str]) -> Self:
        """Return the registration in these members; code before revision 0013 writes neither `names` nor `profile`."""
        wanted = msgspec.json.decode(texts["wanted"], type=tuple[str, str, str, str | None])
        user_id, username, email, locale = wanted
        names = msgspec.json.decode(texts.get("names", "{}"), type=dict[str, str | None])
        profile = msgspec.json.decode(texts.get("profile", "{}"), type=dict[str, object])
        return cls(user_id, texts["challenge"], NewUser(username, email, None, locale, names, profile))
